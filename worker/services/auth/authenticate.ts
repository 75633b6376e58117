/** Finds the actor of a credential. `worker/access.ts` decides which routes that actor may use. */
import { API_KEY_PREFIX } from "../../../contract/accounts.ts";
import type { AuthErrorCode } from "../../../contract/errors.ts";
import type { Account, Actor } from "../../context.ts";
import { sha256 } from "../../crypto/hash.ts";
import { type SessionToken, TokenError } from "../../crypto/tokens.ts";
import type { Deps } from "../../deps.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { useApiKey } from "../../platform-db/api-keys.ts";
import { type AccountRow, findSession } from "../../platform-db/sign-in.ts";

/** An API key is the prefix and 256 bits. Other strings are refused without a database query. */
const API_KEY = /^ink_[A-Za-z0-9_-]{43}$/;

export type Credential = { via: "bearer" | "cookie"; text: string };

/** A claim-only JWT is not a credential. @throws ApiError `unauthorized`, or `lookup_failed` when the database does not answer */
export async function authenticate(deps: Deps, { via, text }: Credential): Promise<Exclude<Actor, { kind: "anonymous" }>> {
  if (text.startsWith(API_KEY_PREFIX)) return keyActor(deps, text);
  const token = await deps.tokens.verifyBearer(text).catch((cause: unknown) => {
    throw new ApiError("unauthorized", { errorCode: errorCodeOf(cause), cause });
  });
  if (token.kind === "session") return sessionActor(deps, token, via);
  // A cookie can contain only a session.
  if (token.kind !== "upgrade" || via === "cookie") throw new ApiError("unauthorized", { errorCode: "invalid_claims" });
  return { kind: "holder", resourceToken: token.resourceToken };
}

async function keyActor(deps: Deps, key: string): Promise<Actor & { kind: "key" }> {
  if (!API_KEY.test(key)) throw new ApiError("unauthorized", { errorCode: "malformed_token" });
  const found = await useApiKey(deps.database, await sha256(key), new Date(deps.clock.now())).catch(lookupFailed);
  if (found === null) throw new ApiError("unauthorized", { errorCode: "invalid_claims" });
  if (found.revoked) throw new ApiError("unauthorized", { errorCode: "revoked_key" });
  return { kind: "key", keyId: found.key_id, scopes: found.scopes, account: accountOf(found) };
}

async function sessionActor(deps: Deps, { jti, userId }: SessionToken, via: Credential["via"]): Promise<Actor & { kind: "session" }> {
  const found = await findSession(deps.database, jti, new Date(deps.clock.now())).catch(lookupFailed);
  if (found === null || found.user_id !== userId) throw new ApiError("unauthorized", { errorCode: "revoked_session" });
  return { kind: "session", jti, via, account: accountOf(found) };
}

function accountOf(row: AccountRow): Account {
  return { userId: row.user_id, email: row.email, role: row.role, team: { id: row.team_id, name: row.team_name, tier: row.tier } };
}

const ERROR_CODES = { malformed: "malformed_token", expired: "expired_token", invalid: "invalid_claims" } as const satisfies Record<
  TokenError["reason"],
  AuthErrorCode
>;

function errorCodeOf(cause: unknown): AuthErrorCode {
  if (cause instanceof TokenError) return ERROR_CODES[cause.reason];
  throw cause;
}
