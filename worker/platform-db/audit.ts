/** Who did what, when. Rows are written by the statements that do it; here they are only read. */
import { z } from "zod";
import { type PlatformDatabase, sql } from "./database.ts";

/** Who is behind a change, as its statement writes it down. */
export type AuditActor = {
  kind: "session" | "key" | "holder" | "link" | "system";
  userId: string | null;
  keyId: string | null;
  requestId: string | null;
};

const entrySchema = z.object({
  id: z.coerce.string(),
  action: z.string(),
  actor_kind: z.string(),
  actor_user_id: z.string().nullable(),
  actor_key_id: z.string().nullable(),
  email: z.string().nullable(),
  resource_id: z.string().nullable(),
  resource_type: z.string().nullable(),
  /** Only of what is wholly the team's now. */
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
    SELECT a.id, a.action, a.actor_kind, a.actor_user_id, a.actor_key_id, u.email, a.resource_id, r.kind AS resource_type,
      CASE WHEN r.team_id = a.team_id AND NOT r.attached_provisionally THEN r.name END AS resource_name, a.details, a.request_id, a.created_at
    FROM audit_log a LEFT JOIN users u ON u.id = a.actor_user_id LEFT JOIN resources r ON r.id = a.resource_id
    WHERE a.team_id = ${teamId} AND (${filter.before}::bigint IS NULL OR a.id < ${filter.before}::bigint)
      AND (${filter.since}::timestamptz IS NULL OR a.created_at >= ${filter.since}::timestamptz)
      AND (${filter.until}::timestamptz IS NULL OR a.created_at < ${filter.until}::timestamptz)
      AND (${filter.action}::text IS NULL OR a.action = ${filter.action}::text)
    ORDER BY a.id DESC LIMIT ${filter.limit}`);
  return z.array(entrySchema).parse(rows);
}
