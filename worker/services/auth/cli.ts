/**
 * The device flow of command-line tools: the tool starts a login, a signed-in user compares the code and approves, and the tool fetches
 * an API key. The key is created when it is fetched, so its plaintext is never stored.
 */
import { API_KEY_PREFIX, API_KEYS_MAX, CLI_LOGIN_LIFETIME_SECONDS, SCOPES } from "../../../contract/accounts.ts";
import { UUID_PATTERN } from "../../../contract/names.ts";
import type { RequestContext } from "../../context.ts";
import { sha256 } from "../../crypto/hash.ts";
import { randomSecret } from "../../crypto/random-secret.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { approveCliLogin, beginCliLogin, findCliLogin, takeCliLogin } from "../../platform-db/cli-logins.ts";
import { requireSession } from "../actor.ts";

const KEY_NAME = "CLI";

export async function beginLogin({ ctx }: { ctx: RequestContext }) {
  const { deps } = ctx;
  const [id, pollSecret] = [deps.ids.uuid(), randomSecret(deps.ids)];
  const now = new Date(deps.clock.now());
  const expiresAt = new Date(now.getTime() + CLI_LOGIN_LIFETIME_SECONDS * 1000);
  await beginCliLogin(deps.database, { id, pollSecretHash: await sha256(pollSecret), now, expiresAt }).catch(lookupFailed);
  return {
    session_id: id,
    auth_url: `${deps.config.publicUrl}/auth/cli/${id}/approve`,
    user_code: await deps.hasher.cliCode(id),
    poll_secret: pollSecret,
    expires_in: CLI_LOGIN_LIFETIME_SECONDS,
  };
}

/** The code for the approval page, which is the code that the terminal shows. @throws ApiError `session_not_found` */
export async function showLogin({ ctx, input }: { ctx: RequestContext; input: { id: string } }) {
  const { isApproved } = await requireLogin(ctx, input.id);
  return { code: await ctx.deps.hasher.cliCode(input.id.toLowerCase()), isApproved };
}

/** @throws ApiError `session_required`, `session_not_found` */
export async function approveLogin({ ctx, input }: { ctx: RequestContext; input: { id: string } }): Promise<void> {
  const { account } = requireSession(ctx);
  const { deps, requestId } = ctx;
  if (!UUID_PATTERN.test(input.id)) throw new ApiError("session_not_found");
  const by = { userId: account.userId, teamId: account.team.id, now: new Date(deps.clock.now()), requestId };
  if (!(await approveCliLogin(deps.database, input.id, by).catch(lookupFailed))) throw new ApiError("session_not_found");
}

/**
 * The first answer with a key ends the login.
 * @returns null until a user approves @throws ApiError `session_not_found`, also for a wrong secret; `api_key_limit_reached`
 */
export async function pollLogin({ ctx, input }: { ctx: RequestContext; input: { id: string; pollSecret: string } }) {
  const { deps, requestId } = ctx;
  const pollSecretHash = await sha256(input.pollSecret);
  const login = await requireLogin(ctx, input.id);
  if (login.pollSecretHash !== pollSecretHash) throw new ApiError("session_not_found");
  if (!login.isApproved) return null;
  const key = API_KEY_PREFIX + randomSecret(deps.ids);
  const row = { id: deps.ids.uuid(), keyHash: await sha256(key), name: KEY_NAME, scopes: [...SCOPES] };
  const taken = await takeCliLogin(deps.database, { id: input.id, pollSecretHash }, row, {
    now: new Date(deps.clock.now()),
    requestId,
  }).catch(lookupFailed);
  if (taken === null) {
    // Either another poll got the key and the login has ended, or the team is at its key limit and a later poll may succeed.
    await requireLogin(ctx, input.id);
    throw new ApiError("api_key_limit_reached", { cap: API_KEYS_MAX });
  }
  return { key, ...taken };
}

async function requireLogin({ deps }: RequestContext, id: string) {
  if (!UUID_PATTERN.test(id)) throw new ApiError("session_not_found");
  const found = await findCliLogin(deps.database, id, new Date(deps.clock.now())).catch(lookupFailed);
  if (found === null) throw new ApiError("session_not_found");
  return found;
}
