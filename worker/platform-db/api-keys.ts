/** API keys, stored as the SHA-256 of the key. */
import { z } from "zod";
import { API_KEYS_MAX, roleSchema, type Scope, scopeSchema } from "../../contract/accounts.ts";
import { REPLAY_LIFETIME_MS } from "../../contract/admission.ts";
import { tierSchema } from "../../contract/plans.ts";
import { type AuditActor, audit } from "./audit.ts";
import { type PlatformDatabase, sql } from "./database.ts";

/** `last_used_at` is exact to the minute, so that a busy key does not write a row with every request. */
const USED_EVERY_MS = 60_000;

export type NewApiKey = {
  id: string;
  teamId: string;
  userId: string;
  name: string;
  keyHash: string;
  scopes: Scope[];
  /** Of the caller's Idempotency-Key; null without one. */
  retryHash: string | null;
};

const keptSchema = z.object({ id: z.string(), name: z.string(), scopes: z.array(scopeSchema), created_at: z.coerce.date() });
export type KeptApiKey = z.infer<typeof keptSchema>;

/**
 * Stores a new key unless the team has reached its number of live keys; of two concurrent ones for the last place, one gets it.
 * A retry gets the key of the first request, for 24 hours and until that key is revoked.
 * @returns the stored key, for a retry the earlier one with another id; null when the team has reached its number
 */
export async function keepApiKey(
  db: PlatformDatabase,
  key: NewApiKey,
  { now, requestId }: { now: Date; requestId: string },
): Promise<KeptApiKey | null> {
  const since = new Date(now.getTime() - REPLAY_LIFETIME_MS);
  // The insert reads from `over`, so that it runs after it.
  const rows = await db.query(sql`
    WITH over AS (
      UPDATE api_keys SET retry_hash = NULL
      WHERE team_id = ${key.teamId}::uuid AND retry_hash = ${key.retryHash} AND (revoked_at IS NOT NULL OR created_at <= ${since}::timestamptz) RETURNING 1
    ), made AS (
      INSERT INTO api_keys (id, team_id, user_id, name, key_hash, scopes, retry_hash, created_at)
      SELECT ${key.id}::uuid, ${key.teamId}::uuid, ${key.userId}::uuid, ${key.name}, ${key.keyHash}, ${key.scopes}::text[], ${key.retryHash}, ${now}::timestamptz
      FROM (SELECT count(*) FROM over) AS freed WHERE has_room_for_api_key(${key.teamId}::uuid, ${API_KEYS_MAX}::int)
      ON CONFLICT DO NOTHING RETURNING id, name, scopes, created_at, team_id, user_id
    ), audited AS (
      ${audit(sql`made`, {
        action: "api_key.created",
        by: { kind: "session", userId: key.userId, keyId: null, requestId },
        target: { kind: "api_key", id: sql`id` },
        details: sql`jsonb_build_object('id', id, 'name', name, 'scopes', scopes)`,
        at: now,
      })}
    )
    SELECT id, name, scopes, created_at FROM made`);
  const [made] = z.array(keptSchema).parse(rows);
  return made ?? findFirstTry(db, key, since);
}

async function findFirstTry(db: PlatformDatabase, { teamId, retryHash }: NewApiKey, since: Date): Promise<KeptApiKey | null> {
  const rows = await db.query(sql`
    SELECT id, name, scopes, created_at FROM api_keys
    WHERE team_id = ${teamId}::uuid AND retry_hash = ${retryHash} AND revoked_at IS NULL AND created_at > ${since}::timestamptz`);
  return z.array(keptSchema).parse(rows)[0] ?? null;
}

const listedSchema = z.object({ ...keptSchema.shape, last_used_at: z.coerce.date().nullable(), revoked: z.boolean() });
export type ListedApiKey = z.infer<typeof listedSchema>;

/** The team's keys, newest first: all live ones (at most half of what is listed) and the most recently revoked. */
export async function listApiKeys(db: PlatformDatabase, teamId: string): Promise<ListedApiKey[]> {
  const rows = await db.query(sql`
    SELECT id, name, scopes, created_at, last_used_at, revoked_at IS NOT NULL AS revoked FROM api_keys
    WHERE team_id = ${teamId} ORDER BY revoked_at IS NOT NULL, created_at DESC, id LIMIT ${2 * API_KEYS_MAX}`);
  return z.array(listedSchema).parse(rows);
}

/** Revokes a key at once. @returns false when the team has no such live key */
export async function revokeApiKey(db: PlatformDatabase, key: { id: string; teamId: string }, by: AuditActor, now: Date): Promise<boolean> {
  const rows = await db.query(sql`
    WITH ended AS (
      UPDATE api_keys SET revoked_at = ${now} WHERE id = ${key.id}::uuid AND team_id = ${key.teamId}::uuid AND revoked_at IS NULL RETURNING id, team_id, name
    ), audited AS (
      ${audit(sql`ended`, {
        action: "api_key.revoked",
        by,
        target: { kind: "api_key", id: sql`id` },
        details: sql`jsonb_build_object('id', id, 'name', name)`,
        at: now,
      })}
    )
    SELECT 1 FROM ended`);
  return rows.length > 0;
}

const actingSchema = z.object({
  key_id: z.string(),
  scopes: z.array(scopeSchema),
  user_id: z.string(),
  email: z.string(),
  /** Its creator's, at this moment. */
  role: roleSchema,
  team_id: z.string(),
  team_name: z.string(),
  tier: tierSchema,
  revoked: z.boolean(),
});
export type ActingApiKey = z.infer<typeof actingSchema>;

/** Finds the key of a request and records its use. */
export async function useApiKey(db: PlatformDatabase, keyHash: string, now: Date): Promise<ActingApiKey | null> {
  const rows = await db.query(sql`
    WITH found AS (SELECT * FROM api_keys WHERE key_hash = ${keyHash}), used AS (
      UPDATE api_keys k SET last_used_at = ${now} FROM found
      WHERE k.id = found.id AND found.revoked_at IS NULL AND (found.last_used_at IS NULL OR found.last_used_at < ${new Date(now.getTime() - USED_EVERY_MS)})
    )
    SELECT f.id AS key_id, f.scopes, u.id AS user_id, u.email, m.role, t.id AS team_id, t.name AS team_name, t.tier, f.revoked_at IS NOT NULL AS revoked
    FROM found f JOIN users u ON u.id = f.user_id JOIN teams t ON t.id = f.team_id JOIN memberships m ON m.team_id = f.team_id AND m.user_id = f.user_id`);
  return z.array(actingSchema).parse(rows)[0] ?? null;
}
