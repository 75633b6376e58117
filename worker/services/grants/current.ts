/** The valid credentials of a living resource. They come from its row, unless a rotation is under way or its keys expire too early. */

import type { Credentials } from "../../../contract/kinds/kind.ts";
import { KINDS } from "../../../contract/kinds.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { homeOf, ownRulesOf } from "../../kinds.ts";
import { keepGrant } from "../../platform-db/grants.ts";
import type { FoundResource } from "../../platform-db/resource-lookup.ts";
import { endsTooEarly } from "./lifetime.ts";
import { rotateGrant } from "./rotation.ts";
import { openGrant, sealGrant } from "./secrets.ts";

/** @throws ApiError `not_found`, `update_failed` */
export async function currentCredentials(ctx: RequestContext, found: FoundResource): Promise<Credentials> {
  const { id, kind, team_id, rotate_generation, grant_sealed } = found;
  // Until a rotation ends, the password in the row may no longer work.
  if (rotate_generation !== null) return withKeys(ctx, found, await rotateGrant(ctx, { id, teamId: team_id }));
  if (grant_sealed === null) return {};
  // The schema drops fields that an older version stored.
  return withKeys(ctx, found, KINDS[kind].credentials.parse(await openGrant(ctx.deps, id, grant_sealed)));
}

/** Like `currentCredentials`, but renews keys that expire within `seconds`. @throws ApiError `not_found`, `update_failed` */
export async function lastingCredentials(ctx: RequestContext, found: FoundResource, seconds: number): Promise<Credentials> {
  const credentials = await currentCredentials(ctx, found);
  const renewal = renewalOf(found);
  if (renewal === null) return credentials;
  const { config, clock } = ctx.deps;
  const freshSeconds = renewal.freshSeconds(config) ?? seconds;
  const asked = { expiresInSeconds: seconds, freshSeconds, nowMs: clock.now(), keysEndMs: renewal.keysEndMs(credentials) };
  return endsTooEarly(asked) ? renewedKeys(ctx, found) : credentials;
}

/** Like `currentCredentials`, but always renews expiring keys. @throws ApiError `not_found`, `update_failed` */
export async function freshCredentials(ctx: RequestContext, found: FoundResource): Promise<Credentials> {
  // Completing an interrupted rotation already issues new keys.
  const isOld = renewalOf(found) !== null && found.rotate_generation === null;
  return isOld ? renewedKeys(ctx, found) : currentCredentials(ctx, found);
}

/**
 * Issues new keys for a living tenant and stores them in the row for later requests.
 * @throws BridgeError, DatabaseError, or Error while the engine issues no keys to this tenant, because a pause or resume is under way
 */
export async function renewGrant(ctx: RequestContext, found: FoundResource): Promise<Credentials> {
  const { deps, requestId } = ctx;
  const { id, kind, rotation } = found;
  const credentials = await homeOf(kind).credentials({ deps, requestId }, id);
  if (ownRulesOf(kind).renewal?.lacksKeys(credentials)) throw new Error("the engine gives this tenant no keys now");
  await keepGrant(deps.database, { id, rotation, sealed: await sealGrant(deps, id, credentials) });
  return credentials;
}

/** Credentials that were changed while the resource was paused have no keys. */
async function withKeys(ctx: RequestContext, found: FoundResource, credentials: Credentials): Promise<Credentials> {
  return renewalOf(found)?.lacksKeys(credentials) ? renewedKeys(ctx, found) : credentials;
}

/** A paused resource gets no new keys. */
function renewalOf({ kind, paused_at }: FoundResource) {
  return paused_at === null ? (ownRulesOf(kind).renewal ?? null) : null;
}

async function renewedKeys(ctx: RequestContext, found: FoundResource): Promise<Credentials> {
  return renewGrant(ctx, found).catch((cause: unknown) => {
    throw new ApiError("update_failed", { cause });
  });
}
