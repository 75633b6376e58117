/** Logins of command-line tools: begun without a credential, approved by a person, taken once with the poll secret. */
import { z } from "zod";
import { API_KEYS_MAX, type Scope } from "../../contract/accounts.ts";
import { tierSchema } from "../../contract/plans.ts";
import { audit } from "./audit.ts";
import { type PlatformDatabase, sql } from "./database.ts";

export type NewCliLogin = { id: string; pollSecretHash: string; now: Date; expiresAt: Date };

export async function beginCliLogin(db: PlatformDatabase, { id, pollSecretHash, now, expiresAt }: NewCliLogin): Promise<void> {
  await db.query(
    sql`INSERT INTO cli_logins (id, poll_secret_hash, created_at, expires_at) VALUES (${id}::uuid, ${pollSecretHash}, ${now}, ${expiresAt})`,
  );
}

/** @returns whether such a login is waiting or approved, or null when there is none */
export async function findCliLogin(
  db: PlatformDatabase,
  id: string,
  now: Date,
): Promise<{ isApproved: boolean; pollSecretHash: string } | null> {
  const rows = await db.query(
    sql`SELECT poll_secret_hash, approved_at IS NOT NULL AS approved FROM cli_logins WHERE id = ${id}::uuid AND expires_at > ${now}`,
  );
  const [found] = z.array(z.object({ poll_secret_hash: z.string(), approved: z.boolean() })).parse(rows);
  return found ? { isApproved: found.approved, pollSecretHash: found.poll_secret_hash } : null;
}

/** A person approves a login. Idempotent. @returns false when there is no such login, or another person approved it */
export async function approveCliLogin(
  db: PlatformDatabase,
  id: string,
  by: { userId: string; teamId: string; now: Date; requestId: string },
): Promise<boolean> {
  const rows = await db.query(sql`
    WITH approved AS (
      UPDATE cli_logins SET user_id = ${by.userId}::uuid, team_id = ${by.teamId}::uuid, approved_at = ${by.now}
      WHERE id = ${id}::uuid AND expires_at > ${by.now} AND approved_at IS NULL RETURNING id, team_id, user_id
    ), audited AS (
      ${audit(sql`approved`, {
        action: "cli_login.approved",
        by: { kind: "session", userId: by.userId, keyId: null, requestId: by.requestId },
        target: { kind: "cli_login", id: sql`id` },
        at: by.now,
      })}
    )
    SELECT 1 FROM approved UNION ALL
    SELECT 1 FROM cli_logins WHERE id = ${id}::uuid AND expires_at > ${by.now} AND user_id = ${by.userId}::uuid AND team_id = ${by.teamId}::uuid`);
  return rows.length > 0;
}

export type CliKey = { id: string; keyHash: string; name: string; scopes: Scope[] };

const takenSchema = z.object({ email: z.string(), team_name: z.string(), tier: tierSchema });
export type TakenCliLogin = z.infer<typeof takenSchema>;

/**
 * Turns an approved login into an API key, once.
 * @returns null when there is no such approved login, or when the team has reached its number of keys; then the login stays
 */
export async function takeCliLogin(
  db: PlatformDatabase,
  login: { id: string; pollSecretHash: string },
  key: CliKey,
  { now, requestId }: { now: Date; requestId: string },
): Promise<TakenCliLogin | null> {
  const rows = await db.query(sql`
    WITH taken AS (
      DELETE FROM cli_logins WHERE id = ${login.id}::uuid AND poll_secret_hash = ${login.pollSecretHash} AND approved_at IS NOT NULL AND expires_at > ${now}
        AND has_room_for_api_key(team_id, ${API_KEYS_MAX}::int)
      RETURNING user_id, team_id
    ), made AS (
      INSERT INTO api_keys (id, team_id, user_id, name, key_hash, scopes, created_at)
      SELECT ${key.id}::uuid, team_id, user_id, ${key.name}, ${key.keyHash}, ${key.scopes}::text[], ${now}::timestamptz FROM taken
    ), audited AS (
      ${audit(sql`taken`, {
        action: "api_key.created",
        by: { kind: "session", userId: sql`user_id`, keyId: null, requestId },
        target: { kind: "api_key", id: key.id },
        details: sql`jsonb_build_object('id', ${key.id}::text, 'name', ${key.name}::text, 'by', 'cli')`,
        at: now,
      })}
    )
    SELECT u.email, t.name AS team_name, t.tier FROM taken JOIN users u ON u.id = taken.user_id JOIN teams t ON t.id = taken.team_id`);
  return z.array(takenSchema).parse(rows)[0] ?? null;
}
