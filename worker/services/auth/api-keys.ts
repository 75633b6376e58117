/** API keys. A signed-in user creates them, and each key is shown once. */
import { base64url } from "jose";
import { API_KEY_PREFIX, API_KEYS_MAX, type Scope } from "../../../contract/accounts.ts";
import { teamScope } from "../../../contract/admission.ts";
import { UUID_PATTERN } from "../../../contract/names.ts";
import type { RequestContext } from "../../context.ts";
import { sha256 } from "../../crypto/hash.ts";
import { randomSecret } from "../../crypto/random-secret.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { keepApiKey, type ListedApiKey, listApiKeys, revokeApiKey } from "../../platform-db/api-keys.ts";
import { auditActorOf, requireAccount, requireSession } from "../actor.ts";

/** The route an Idempotency-Key of this verb is bound to. */
const ROUTE = "POST /api/v1/auth/api-keys";

export type NewKey = { name: string; scopes: Scope[]; idempotencyKey: string | null };

/**
 * @returns the key, which is shown only in this answer, and whether an earlier request with the same Idempotency-Key created it
 * @throws ApiError `session_required`, `api_key_limit_reached`, `idempotency_key_conflict`
 */
export async function createApiKey({ ctx, input }: { ctx: RequestContext; input: NewKey }) {
  const { account } = requireSession(ctx);
  const { deps, requestId } = ctx;
  const { name, scopes } = input;
  const teamId = account.team.id;
  const { retryHash, keyOf } = keyMaker(ctx, teamId, input.idempotencyKey);
  const id = deps.ids.uuid();
  const row = { id, teamId, userId: account.userId, name, keyHash: await sha256(await keyOf(id)), scopes, retryHash: await retryHash };
  const kept = await keepApiKey(deps.database, row, { now: new Date(deps.clock.now()), requestId }).catch(lookupFailed);
  if (kept === null) throw new ApiError("api_key_limit_reached", { cap: API_KEYS_MAX });
  // On a retry, this is the row of the first request.
  if (kept.name !== name || kept.scopes.join() !== scopes.join()) throw new ApiError("idempotency_key_conflict");
  const made = { id: kept.id, name, scopes, created_at: kept.created_at.toISOString(), key: await keyOf(kept.id) };
  return { made, replayed: kept.id !== id };
}

/**
 * With an Idempotency-Key, the API key is derived from that key and from the API key's id. A retry therefore gets the same answer although
 * only hashes are stored. Deriving the API key again requires the Idempotency-Key.
 */
function keyMaker({ deps }: RequestContext, teamId: string, idempotencyKey: string | null) {
  if (idempotencyKey === null) {
    const key = API_KEY_PREFIX + randomSecret(deps.ids);
    return { retryHash: null, keyOf: async () => key };
  }
  return {
    retryHash: deps.hasher.keyHash(teamScope(teamId), ROUTE, idempotencyKey),
    keyOf: async (id: string) => API_KEY_PREFIX + base64url.encode(await deps.hasher.derived("api-key", [teamId, id, idempotencyKey])),
  };
}

export async function readApiKeys({ ctx }: { ctx: RequestContext }) {
  const { team } = requireAccount(ctx);
  return (await listApiKeys(ctx.deps.database, team.id).catch(lookupFailed)).map(shown);
}

function shown({ id, name, scopes, created_at, last_used_at, revoked }: ListedApiKey) {
  return { id, name, scopes, created_at: created_at.toISOString(), last_used_at: last_used_at?.toISOString() ?? null, revoked };
}

/** Revokes a key at once. @throws ApiError `not_found`, also for a key of another team */
export async function endApiKey({ ctx, input }: { ctx: RequestContext; input: { id: string } }): Promise<void> {
  const { deps } = ctx;
  const { team } = requireAccount(ctx);
  if (!UUID_PATTERN.test(input.id)) throw new ApiError("not_found");
  const key = { id: input.id, teamId: team.id };
  const isRevoked = await revokeApiKey(deps.database, key, auditActorOf(ctx), new Date(deps.clock.now())).catch(lookupFailed);
  if (!isRevoked) throw new ApiError("not_found");
}
