/**
 * The claim: link, user, team, resources, session and audit in one statement, so that all of it happens or nothing.
 * Who claims at the same moment meets in two rows: the link's (it is used up once) and the resource's own (it is won once; expiry
 * and deletion meet it there as well). Source: PRODUCT "claim".
 */
import { z } from "zod";
import { accessSchema } from "../../contract/jobs.ts";
import { resourceKindSchema } from "../../contract/kinds.ts";
import { tierSchema } from "../../contract/plans.ts";
import { type PlatformDatabase, sql } from "./database.ts";
import type { NewSession } from "./sign-in.ts";

export type Transfer = {
  tokenHash: string;
  /** The resource the claim token named. */
  resourceId: string;
  /** Null: a claim takes its own resource and no other. */
  fingerprint: string | null;
  /** Its own resource's password, or keys, change with it. */
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
  /** Whose Durable Object keeps its stored answers until now. */
  old_scope: z.string().nullable(),
  is_subject: z.boolean(),
  /** Of a rotation that has begun with the claim: its generation and which password it is; null when none was wanted. */
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
/** `link`: it was worth nothing. `resource`: the link was used up, but its resource is somebody's or gone. */
export type TransferOutcome =
  | { outcome: "done"; userId: string; teamId: string; moved: MovedResource[] }
  | { outcome: "refused"; because: "link" | "resource" };

/** @throws DatabaseError; then nothing has happened */
export async function transferByLink(db: PlatformDatabase, transfer: Transfer): Promise<TransferOutcome> {
  const { tokenHash, resourceId, fingerprint, rotate, newUserId, newTeam } = transfer;
  const { jti, now, expiresAt, requestId } = transfer.session;
  // Candidates are locked in one order, so that two claims behind one address cannot wait for each other. A user or team that
  // another statement has just made is not in this one's snapshot: ON CONFLICT DO UPDATE is what returns it nevertheless. A rotation that
  // was under way when the password is to change counts as done: its new password, which somebody else may be told, is not the last one.
  // Of what is taken back before its first owner's object was told, that owner is still the one to tell: the team in between, with which it
  // was provisionally, has never counted it nor kept an answer of it.
  const rows = await db.query(sql`
    WITH link AS (
      UPDATE magic_links l SET consumed_at = ${now} FROM forwarder_sent m
      WHERE l.token_hash = ${tokenHash} AND m.id = l.mail_id AND m.kind = 'claim' AND m.resource_id = ${resourceId}::uuid AND magic_link_state(l, ${now}) = 'live'
      RETURNING m.email
    ), candidates AS (
      SELECT r.id, r.team_id AS from_team, coalesce(r.previous_scope, r.admission_scope) AS old_scope, r.id = ${resourceId}::uuid AS is_subject,
        r.id = ${resourceId}::uuid AND ${rotate}::boolean AS rotates
      FROM resources r
      WHERE EXISTS (SELECT 1 FROM link) AND r.status = 'active' AND (r.expires_at IS NULL OR r.expires_at > ${now})
        AND ((r.id = ${resourceId}::uuid AND (r.team_id IS NULL OR r.attached_provisionally)) OR (r.fingerprint = ${fingerprint} AND r.team_id IS NULL))
      ORDER BY r.id FOR UPDATE
    ), account AS (
      INSERT INTO users (id, email, home_team_id, created_at, last_signed_in_at)
      SELECT ${newUserId}::uuid, link.email, ${newTeam.id}::uuid, ${now}::timestamptz, ${now}::timestamptz FROM link, candidates WHERE is_subject
      ON CONFLICT (email) DO UPDATE SET last_signed_in_at = excluded.last_signed_in_at RETURNING id, home_team_id
    ), team AS (
      INSERT INTO teams AS known (id, name, tier, created_at) SELECT home_team_id, ${newTeam.name}, ${newTeam.tier}, ${now}::timestamptz FROM account
      ON CONFLICT (id) DO UPDATE SET tier = known.tier RETURNING id, tier
    ), membership AS (
      INSERT INTO memberships (team_id, user_id, role, created_at)
      SELECT team.id, account.id, 'owner', ${now}::timestamptz FROM team, account WHERE team.id = ${newTeam.id}::uuid ON CONFLICT DO NOTHING
    ), moved AS (
      UPDATE resources r SET team_id = team.id, tier = team.tier, expires_at = NULL, claimed_at = ${now}, attached_provisionally = NOT c.is_subject,
        generation = r.generation + CASE WHEN c.rotates THEN 2 ELSE 1 END, limit_generation = r.generation + 1, changed_at = ${now},
        rotate_generation = CASE WHEN c.rotates THEN r.generation + 2 ELSE r.rotate_generation END,
        rotation = r.rotation + CASE WHEN c.rotates AND r.rotate_generation IS NOT NULL THEN 1 ELSE 0 END, admission_scope = 'team:' || team.id, previous_scope = c.old_scope
      FROM candidates c, team WHERE r.id = c.id
      RETURNING r.id, r.kind, r.limit_generation AS generation, r.tier, engine_access(r) AS access, c.old_scope, c.from_team, c.is_subject,
        CASE WHEN c.rotates THEN r.rotate_generation END AS rotate_generation, r.rotation + 1 AS next_rotation
    ), opened AS (
      INSERT INTO sessions (jti, user_id, team_id, created_at, expires_at)
      SELECT ${jti}::uuid, account.id, team.id, ${now}::timestamptz, ${expiresAt}::timestamptz FROM account, team
    ), audited AS (
      INSERT INTO audit_log (team_id, actor_kind, actor_user_id, action, resource_id, details, request_id, created_at)
      SELECT team.id, 'link', account.id, entry.action, entry.resource_id, entry.details, ${requestId}, ${now}::timestamptz
      FROM team, account, LATERAL (
        SELECT 'team.created' AS action, NULL::uuid AS resource_id, '{}'::jsonb AS details WHERE team.id = ${newTeam.id}::uuid
        UNION ALL SELECT 'resource.claimed', moved.id, jsonb_build_object('provisional', NOT moved.is_subject) FROM moved
        UNION ALL SELECT 'resource.rotated', moved.id, '{}' FROM moved WHERE moved.rotate_generation IS NOT NULL
        UNION ALL SELECT 'session.opened', NULL, '{}'
      ) AS entry
      UNION ALL SELECT from_team, 'system', NULL, 'resource.taken_back', id, '{}', NULL, ${now}::timestamptz FROM moved WHERE from_team IS NOT NULL
    )
    SELECT EXISTS (SELECT 1 FROM link) AS consumed, (SELECT id FROM account) AS user_id, (SELECT id FROM team) AS team_id,
      (SELECT coalesce(json_agg(moved), '[]') FROM moved) AS moved`);
  const [{ consumed, user_id, team_id, moved }] = outcomeSchema.parse(rows);
  if (user_id !== null && team_id !== null) return { outcome: "done", userId: user_id, teamId: team_id, moved };
  return { outcome: "refused", because: consumed ? "resource" : "link" };
}
