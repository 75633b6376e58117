/** API keys: made by a person, shown once. Source: PRODUCT "sessions and keys". */
import { base64url } from "jose";
import { API_KEY_PREFIX, API_KEYS_MAX, type Scope } from "../../../contract/accounts.ts";
import { UUID_PATTERN } from "../../../contract/names.ts";
import type { RequestContext } from "../../context.ts";
import { sha256, uuidFrom } from "../../crypto/hash.ts";
import { randomSecret } from "../../crypto/random-secret.ts";
import { ApiError } from "../../errors.ts";
import { keepApiKey, type ListedApiKey, listApiKeys, revokeApiKey } from "../../platform-db/api-keys.ts";
import { auditActorOf } from "../audit/actor.ts";
import { requireAccount, requireSession } from "./account.ts";

export type NewKey = { name: string; scopes: Scope[]; idempotencyKey: string | null };

/** @returns the key itself, for this one answer @throws ApiError `session_required`, `api_key_limit_reached`, `idempotency_key_conflict` */
export async function createApiKey({ ctx, input }: { ctx: RequestContext; input: NewKey }) {
  const { account } = requireSession(ctx);
  const { deps, requestId } = ctx;
  const { id, key } = await makeKey(ctx, account.team.id, input.idempotencyKey);
  const { name, scopes } = input;
  const row = { id, teamId: account.team.id, userId: account.userId, name, keyHash: await sha256(key), scopes };
  const kept = await keepApiKey(deps.database, row, { now: new Date(deps.clock.now()), requestId }).catch(lookupFailed);
  if (kept === null) throw new ApiError("api_key_limit_reached", { cap: API_KEYS_MAX });
  // Of a retry, the row is the first try's.
  if (kept.name !== name || kept.scopes.join() !== scopes.join()) throw new ApiError("idempotency_key_conflict");
  return { id, name, scopes, created_at: kept.created_at.toISOString(), key };
}

/**
 * With an Idempotency-Key both follow from it, so that a retry answers the same and still nothing readable is stored: only who knows
 * that key can have this one derived again.
 */
async function makeKey({ deps }: RequestContext, teamId: string, idempotencyKey: string | null): Promise<{ id: string; key: string }> {
  if (idempotencyKey === null) return { id: deps.ids.uuid(), key: API_KEY_PREFIX + randomSecret(deps.ids) };
  const [id, secret] = await Promise.all([
    deps.hasher.derived("api-key-id", [teamId, idempotencyKey]),
    deps.hasher.derived("api-key", [teamId, idempotencyKey]),
  ]);
  return { id: uuidFrom(id), key: API_KEY_PREFIX + base64url.encode(secret) };
}

export async function readApiKeys({ ctx }: { ctx: RequestContext }) {
  const { team } = requireAccount(ctx);
  return (await listApiKeys(ctx.deps.database, team.id).catch(lookupFailed)).map(shown);
}

function shown({ id, name, scopes, created_at, last_used_at, revoked }: ListedApiKey) {
  return { id, name, scopes, created_at: created_at.toISOString(), last_used_at: last_used_at?.toISOString() ?? null, revoked };
}

/** From here on the key opens nothing. @throws ApiError `not_found`, also for another team's */
export async function endApiKey({ ctx, input }: { ctx: RequestContext; input: { id: string } }): Promise<void> {
  const { deps, requestId } = ctx;
  const { team, userId } = requireAccount(ctx);
  if (!UUID_PATTERN.test(input.id)) throw new ApiError("not_found");
  const { keyId } = auditActorOf(ctx);
  const kind = keyId === null ? "session" : "key";
  const by = { kind, userId, keyId, requestId, now: new Date(deps.clock.now()) } as const;
  if (!(await revokeApiKey(deps.database, { id: input.id, teamId: team.id }, by).catch(lookupFailed))) throw new ApiError("not_found");
}

function lookupFailed(cause: unknown): never {
  throw new ApiError("lookup_failed", { cause });
}
