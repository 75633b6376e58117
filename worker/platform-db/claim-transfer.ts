/**
 * The claim: link, user, team, resources, session and audit rows in one statement, so that all of it happens or nothing. Its rules and
 * steps are the functions of migration 0009. Concurrent claims meet in two rows: the link's, which is consumed once, and the resource's,
 * where expiry and deletion meet them too.
 */
import { z } from "zod";
import { accessSchema } from "../../contract/jobs.ts";
import { resourceKindSchema } from "../../contract/kinds.ts";
import { tierSchema } from "../../contract/plans.ts";
import { audit } from "./audit.ts";
import { type PlatformDatabase, type Statement, sql } from "./database.ts";
import type { NewSession } from "./sign-in.ts";

export type Transfer = {
  tokenHash: string;
  /** The resource the claim token named. */
  resourceId: string;
  /** Null: the claim takes its own resource only. */
  fingerprint: string | null;
  /** Whether the password or the keys of its own resource change with the claim. */
  rotate: boolean;
  /** Used when the address has no account yet. */
  newUserId: string;
  newTeam: { id: string; name: string; tier: z.infer<typeof tierSchema> };
  session: NewSession;
};

const movedSchema = z.object({
  id: z.string(),
  kind: resourceKindSchema,
  generation: z.number(),
  tier: tierSchema,
  access: accessSchema,
  /** The Durable Object that has counted it and keeps its stored answers. */
  old_scope: z.string().nullable(),
  is_subject: z.boolean(),
  /** The generation of the rotation that begins with the claim; null when none does. `next_rotation`: the number of its password. */
  rotate_generation: z.number().nullable(),
  next_rotation: z.number(),
});
export type MovedResource = z.infer<typeof movedSchema>;

const outcomeSchema = z.tuple([
  z.object({
    consumed: z.boolean(),
    user_id: z.string().nullable(),
    team_id: z.string().nullable(),
    moved: z.array(movedSchema),
  }),
]);
/** `link`: it is not live. `resource`: the link is consumed, but its resource is claimed or gone. */
export type TransferOutcome =
  | { outcome: "done"; userId: string; teamId: string; moved: MovedResource[] }
  | { outcome: "refused"; because: "link" | "resource" };

/** @throws DatabaseError; then nothing has happened */
export async function transferByLink(db: PlatformDatabase, transfer: Transfer): Promise<TransferOutcome> {
  const { tokenHash, resourceId, fingerprint, rotate, newUserId, newTeam } = transfer;
  const { jti, now, expiresAt, requestId } = transfer.session;
  const rows = await db.query(sql`
    WITH claim AS (
      SELECT * FROM claim_by_link(${tokenHash}, ${resourceId}::uuid, ${fingerprint}, ${rotate}::boolean, ${newUserId}::uuid, ${newTeam.id}::uuid,
        ${newTeam.name}, ${newTeam.tier}, ${now}::timestamptz)
    ), moved AS (
      SELECT claim.team_id, claim.user_id, m.* FROM claim, unnest(claim.moved) AS m
    ), opened AS (
      INSERT INTO sessions (jti, user_id, team_id, created_at, expires_at)
      SELECT ${jti}::uuid, user_id, team_id, ${now}::timestamptz, ${expiresAt}::timestamptz FROM claim WHERE user_id IS NOT NULL
    ), audited AS (${audit(claimEntries(newTeam.id, jti), {
      action: sql`action`,
      by: { kind: "link", userId: sql`user_id`, keyId: null, requestId },
      target: { kind: sql`target_kind`, id: sql`target_id` },
      details: sql`details`,
      at: now,
    })}), audited_before AS (${audit(sql`(SELECT from_team AS team_id, id FROM moved WHERE from_team IS NOT NULL) AS lost`, {
      action: "resource.taken_back",
      by: { kind: "system", userId: null, keyId: null, requestId: null },
      target: { kind: "resource", id: sql`id` },
      at: now,
    })})
    SELECT consumed, user_id, team_id, (SELECT coalesce(json_agg(one), '[]') FROM moved AS one) AS moved FROM claim`);
  const [{ consumed, user_id, team_id, moved }] = outcomeSchema.parse(rows);
  if (user_id !== null && team_id !== null) return { outcome: "done", userId: user_id, teamId: team_id, moved };
  return { outcome: "refused", because: consumed ? "resource" : "link" };
}

/** The audit rows of the team that claims, in the order in which its log shows them. */
function claimEntries(newTeamId: string, jti: string): Statement {
  return sql`(
      SELECT team_id, user_id, 'team.created' AS action, 'team' AS target_kind, team_id AS target_id, '{}'::jsonb AS details
      FROM claim WHERE team_id = ${newTeamId}::uuid
      UNION ALL SELECT team_id, user_id, 'resource.claimed', 'resource', id, jsonb_build_object('provisional', NOT is_subject) FROM moved
      UNION ALL SELECT team_id, user_id, 'resource.rotated', 'resource', id, '{}' FROM moved WHERE rotate_generation IS NOT NULL
      UNION ALL SELECT team_id, user_id, 'session.opened', 'session', ${jti}::uuid, '{}' FROM claim WHERE user_id IS NOT NULL
    ) AS entry`;
}
