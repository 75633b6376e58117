/** A resource's credentials as environment variables that work when they are read. */
import type { RequestContext } from "../../context.ts";
import type { FoundResource } from "../../platform-db/resource-lookup.ts";
import type { Credentials } from "../provision/secrets.ts";
import { parseGrant } from "../storage/grant.ts";
import { endsTooEarly } from "../storage/lifetime.ts";
import { currentCredentials, renewedKeys } from "./credentials.ts";
import { openResource } from "./find.ts";
import { type Variables, variablesOf } from "./variables.ts";

/** Storage keys that end sooner are minted anew: who writes a file of variables means to use it. */
const KEYS_LAST_SECONDS = 600;

/** @throws ApiError `not_found`, `confirmation_required`, `update_failed` */
export async function readVariables({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<Variables> {
  const found = await openResource({ ctx, input });
  const credentials = await lastingCredentials(ctx, found);
  return variablesOf({ kind: found.kind, token: input.token.toLowerCase(), publicUrl: ctx.deps.config.publicUrl, credentials });
}

async function lastingCredentials(ctx: RequestContext, found: FoundResource): Promise<Credentials> {
  const credentials = await currentCredentials(ctx, found);
  if (found.kind !== "storage" || found.paused_at !== null) return credentials;
  const { config, clock } = ctx.deps;
  const freshSeconds = config.objectStore?.credentialsSeconds ?? KEYS_LAST_SECONDS;
  const keysEndMs = parseGrant(credentials).credentials_expire_at?.getTime();
  const isShort = endsTooEarly({ expiresInSeconds: KEYS_LAST_SECONDS, freshSeconds, nowMs: clock.now(), keysEndMs });
  return isShort ? renewedKeys(ctx, found) : credentials;
}
