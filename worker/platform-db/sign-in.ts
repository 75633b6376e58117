/** Sessions, and the sign-in link that opens one. */
import { z } from "zod";
import { roleSchema } from "../../contract/accounts.ts";
import { tierSchema } from "../../contract/plans.ts";
import { audit } from "./audit.ts";
import { type PlatformDatabase, sql } from "./database.ts";

export type NewSession = { jti: string; now: Date; expiresAt: Date; requestId: string };

const signedInSchema = z.object({ user_id: z.string(), team_id: z.string() });
export type SignedIn = z.infer<typeof signedInSchema>;

/** Consumes a sign-in link and opens a session, in one statement. @returns null when the link is not live */
export async function signInByLink(db: PlatformDatabase, tokenHash: string, session: NewSession): Promise<SignedIn | null> {
  const { jti, now, expiresAt, requestId } = session;
  const rows = await db.query(sql`
    WITH link AS (
      UPDATE magic_links l SET consumed_at = ${now} FROM forwarder_sent m
      WHERE l.token_hash = ${tokenHash} AND m.id = l.mail_id AND m.about ->> 'kind' = 'sign_in' AND magic_link_state(l, ${now}) = 'live'
      RETURNING m.email
    ), account AS (
      UPDATE users SET last_signed_in_at = ${now} FROM link WHERE users.email = link.email RETURNING users.id, users.home_team_id AS team_id
    ), opened AS (
      INSERT INTO sessions (jti, user_id, team_id, created_at, expires_at) SELECT ${jti}::uuid, id, team_id, ${now}, ${expiresAt}::timestamptz FROM account
    ), audited AS (
      ${audit(sql`account`, {
        action: "session.opened",
        by: { kind: "link", userId: sql`id`, keyId: null, requestId },
        target: { kind: "session", id: jti },
        at: now,
      })}
    )
    SELECT id AS user_id, team_id FROM account`);
  return z.array(signedInSchema).parse(rows)[0] ?? null;
}

const accountSchema = z.object({
  user_id: z.string(),
  email: z.string(),
  role: roleSchema,
  team_id: z.string(),
  team_name: z.string(),
  tier: tierSchema,
});
/** A user in a team, as every signed-in request needs it. */
export type AccountRow = z.infer<typeof accountSchema>;

/** @returns the session's account, or null when it was revoked, is over, or its user left the team */
export async function findSession(db: PlatformDatabase, jti: string, now: Date): Promise<AccountRow | null> {
  const rows = await db.query(sql`
    SELECT u.id AS user_id, u.email, m.role, t.id AS team_id, t.name AS team_name, t.tier
    FROM sessions s JOIN users u ON u.id = s.user_id JOIN teams t ON t.id = s.team_id
      JOIN memberships m ON m.team_id = s.team_id AND m.user_id = s.user_id
    WHERE s.jti = ${jti}::uuid AND s.revoked_at IS NULL AND s.expires_at > ${now}`);
  return z.array(accountSchema).parse(rows)[0] ?? null;
}

/** Ends a session at once. Idempotent. */
export async function revokeSession(
  db: PlatformDatabase,
  jti: string,
  { now, requestId }: { now: Date; requestId: string },
): Promise<void> {
  await db.query(sql`
    WITH ended AS (UPDATE sessions SET revoked_at = ${now} WHERE jti = ${jti}::uuid AND revoked_at IS NULL RETURNING user_id, team_id)
    ${audit(sql`ended`, {
      action: "session.ended",
      by: { kind: "session", userId: sql`user_id`, keyId: null, requestId },
      target: { kind: "session", id: jti },
      at: now,
    })}`);
}

/** Whether an address has an account. Only used while a mail to it is composed. */
export async function hasAccount(db: PlatformDatabase, email: string): Promise<boolean> {
  return (await db.query(sql`SELECT 1 FROM users WHERE email = ${email}`)).length > 0;
}

/** Forgets sessions and CLI logins that are over. */
export async function purgeSignIns(db: PlatformDatabase, before: Date, limit: number): Promise<number> {
  const rows = await db.query(sql`
    WITH logins AS (DELETE FROM cli_logins WHERE expires_at < ${before})
    DELETE FROM sessions WHERE jti IN (SELECT jti FROM sessions WHERE expires_at < ${before} LIMIT ${limit}) RETURNING 1`);
  return rows.length;
}
