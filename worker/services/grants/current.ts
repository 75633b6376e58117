/** The credentials of a living resource as they work now: those of its row, unless a rotation is under way or its keys end too early. */

import type { Credentials } from "../../../contract/kinds/kind.ts";
import { KINDS } from "../../../contract/kinds.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { homeOf, SERVED_KINDS } from "../../kinds.ts";
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

/** The same; keys that end within `seconds` are created anew. @throws ApiError `not_found`, `update_failed` */
export async function lastingCredentials(ctx: RequestContext, found: FoundResource, seconds: number): Promise<Credentials> {
  const credentials = await currentCredentials(ctx, found);
  const renewal = renewalOf(found);
  if (renewal === null) return credentials;
  const { config, clock } = ctx.deps;
  const freshSeconds = renewal.freshSeconds(config) ?? seconds;
  const asked = { expiresInSeconds: seconds, freshSeconds, nowMs: clock.now(), keysEndMs: renewal.keysEndMs(credentials) };
  return endsTooEarly(asked) ? renewedKeys(ctx, found) : credentials;
}

/** The same; keys that expire are created anew in any case. @throws ApiError `not_found`, `update_failed` */
export async function freshCredentials(ctx: RequestContext, found: FoundResource): Promise<Credentials> {
  // The keys of a rotation that was cut off are new.
  const isOld = renewalOf(found) !== null && found.rotate_generation === null;
  return isOld ? renewedKeys(ctx, found) : currentCredentials(ctx, found);
}

/**
 * New keys of a living tenant; the row stores them for the next caller.
 * @throws BridgeError, DatabaseError, or Error while the engine gives this tenant no keys: a pause or its end is under way
 */
export async function renewGrant(ctx: RequestContext, found: FoundResource): Promise<Credentials> {
  const { deps, requestId } = ctx;
  const { id, kind, rotation } = found;
  const credentials = await homeOf(kind).credentials({ deps, requestId }, id);
  if (SERVED_KINDS[kind].renewal?.lacksKeys(credentials)) throw new Error("the engine gives this tenant no keys now");
  await keepGrant(deps.database, { id, rotation, sealed: await sealGrant(deps, id, credentials) });
  return credentials;
}

/** Credentials that were changed while the resource was paused have no keys. */
async function withKeys(ctx: RequestContext, found: FoundResource, credentials: Credentials): Promise<Credentials> {
  return renewalOf(found)?.lacksKeys(credentials) ? renewedKeys(ctx, found) : credentials;
}

/** A paused resource gets no new keys. */
function renewalOf({ kind, paused_at }: FoundResource) {
  return paused_at === null ? (SERVED_KINDS[kind].renewal ?? null) : null;
}

async function renewedKeys(ctx: RequestContext, found: FoundResource): Promise<Credentials> {
  return renewGrant(ctx, found).catch((cause: unknown) => {
    throw new ApiError("update_failed", { cause });
  });
}
