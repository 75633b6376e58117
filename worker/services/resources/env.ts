/** A resource's credentials as environment variables that work when they are read. */
import type { RequestContext } from "../../context.ts";
import type { FoundResource } from "../../platform-db/resource-lookup.ts";
import type { Credentials } from "../provision/secrets.ts";
import { parseGrant } from "../storage/grant.ts";
import { currentCredentials, renewedKeys } from "./credentials.ts";
import { openResource } from "./find.ts";
import { type Variables, variablesOf } from "./variables.ts";

/** Storage keys that end sooner are minted anew: who writes a file of variables means to use it. */
const KEYS_LAST_MS = 10 * 60_000;

/** @throws ApiError `not_found`, `confirmation_required`, `update_failed` */
export async function readVariables({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<Variables> {
  const found = await openResource({ ctx, input });
  const credentials = await lastingCredentials(ctx, found);
  return variablesOf({ kind: found.kind, token: input.token.toLowerCase(), publicUrl: ctx.deps.config.publicUrl, credentials });
}

async function lastingCredentials(ctx: RequestContext, found: FoundResource): Promise<Credentials> {
  const credentials = await currentCredentials(ctx, found);
  if (found.kind !== "storage" || found.paused_at !== null) return credentials;
  const { credentials_expire_at: end } = parseGrant(credentials);
  const isShort = end !== undefined && end.getTime() < ctx.deps.clock.now() + KEYS_LAST_MS;
  return isShort ? renewedKeys(ctx, found) : credentials;
}
