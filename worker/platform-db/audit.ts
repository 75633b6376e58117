/** The audit log: the part that every audited change adds to its own statement, and reading. */
import { z } from "zod";
import { type PlatformDatabase, type Statement, sql } from "./database.ts";

/** Who made a change. */
export type AuditActor = {
  kind: "session" | "key" | "holder" | "link" | "system";
  userId: string | null;
  keyId: string | null;
  requestId: string | null;
};

export const AUDIT_ACTIONS = [
  "resource.created",
  "resource.claimed",
  "resource.confirmed",
  "resource.taken_back",
  "resource.rotated",
  "resource.deleted",
  "resource.paused",
  "resource.resumed",
  "api_key.created",
  "api_key.revoked",
  "cli_login.approved",
  "session.opened",
  "session.ended",
  "team.created",
  "team.tier_changed",
  "deployment.created",
  "deployment.updated",
  "deployment.redeployed",
  "deployment.rolled_back",
  "deployment.stopped",
  "deployment.started",
  "deployment.variables_changed",
  "deployment.access_changed",
  "deployment.lifetime_changed",
  "deployment.deleted",
  "deployment.expired",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What a change is made to. */
export type AuditTarget = "resource" | "api_key" | "cli_login" | "session" | "team" | "deployment";

/** A statement stands for an expression over the rows of the change. */
type Audited = {
  action: AuditAction | Statement;
  by: Omit<AuditActor, "userId"> & { userId: string | null | Statement };
  /** The id of what was changed, and its kind. */
  target: { kind: AuditTarget | Statement; id: Statement | string };
  details?: Statement;
  at: Date;
};

/**
 * The INSERT of the audit rows of a change, as a CTE of the statement that makes the change: both happen, or neither.
 * @param changed what follows FROM: the CTE of the change. Every row of it is one entry; it has a column `team_id`.
 */
export function audit(changed: Statement, { action, by, target, details, at }: Audited): Statement {
  return sql`INSERT INTO audit_log (team_id, actor_kind, actor_user_id, actor_key_id, action, target_kind, target_id, details, request_id, created_at)
    SELECT team_id, ${by.kind}, ${by.userId}::uuid, ${by.keyId}::uuid, ${action}, ${target.kind}, ${target.id}::uuid, ${details ?? sql`'{}'`}::jsonb,
      ${by.requestId}, ${at}::timestamptz FROM ${changed}`;
}

const entrySchema = z.object({
  id: z.coerce.string(),
  action: z.string(),
  actor_kind: z.string(),
  actor_user_id: z.string().nullable(),
  actor_key_id: z.string().nullable(),
  email: z.string().nullable(),
  resource_id: z.string().nullable(),
  resource_type: z.string().nullable(),
  /** Null for a resource that the team does not have, or only provisionally. */
  resource_name: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
  request_id: z.string().nullable(),
  created_at: z.coerce.date(),
});
export type AuditEntry = z.infer<typeof entrySchema>;

export type AuditFilter = { before: string | null; since: Date | null; until: Date | null; action: string | null; limit: number };

/** The newest entries of a team first; `before` is the id to go on from. */
export async function listAudit(db: PlatformDatabase, teamId: string, filter: AuditFilter): Promise<AuditEntry[]> {
  const rows = await db.query(sql`
    SELECT a.id, a.action, a.actor_kind, a.actor_user_id, a.actor_key_id, u.email, CASE a.target_kind WHEN 'resource' THEN a.target_id END AS resource_id,
      r.kind AS resource_type,
      CASE WHEN r.team_id = a.team_id AND NOT r.attached_provisionally THEN r.name END AS resource_name, a.details, a.request_id, a.created_at
    FROM audit_log a LEFT JOIN users u ON u.id = a.actor_user_id LEFT JOIN resources r ON a.target_kind = 'resource' AND r.id = a.target_id
    WHERE a.team_id = ${teamId} AND (${filter.before}::bigint IS NULL OR a.id < ${filter.before}::bigint)
      AND (${filter.since}::timestamptz IS NULL OR a.created_at >= ${filter.since}::timestamptz)
      AND (${filter.until}::timestamptz IS NULL OR a.created_at < ${filter.until}::timestamptz)
      AND (${filter.action}::text IS NULL OR a.action = ${filter.action}::text)
    ORDER BY a.id DESC LIMIT ${filter.limit}`);
  return z.array(entrySchema).parse(rows);
}
