/** Shows a resource's credentials once more. */
import { KINDS } from "../../../contract/kinds.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import type { FoundResource } from "../../platform-db/resource-lookup.ts";
import { type Credentials, openGrant } from "../provision/secrets.ts";
import { lacksKeys, parseGrant, renewGrant } from "../storage/grant.ts";
import { openResource } from "./find.ts";
import { completeRotation } from "./rotate.ts";

/** @throws ApiError `not_found`, `no_connection_url`, `update_failed` */
export async function revealCredentials({ ctx, input }: { ctx: RequestContext; input: { token: string } }) {
  const found = await openResource({ ctx, input });
  const credentials = await currentCredentials(ctx, found);
  if (!("connection_url" in credentials)) throw new ApiError("no_connection_url");
  const { id, kind, env } = found;
  return { id, token: input.token.toLowerCase(), resource_type: kind, env, credentials };
}

/** While a rotation is under way the row holds a password that may be dead: then it is ended first. */
export async function currentCredentials(ctx: RequestContext, found: FoundResource): Promise<Credentials> {
  const { kind } = found;
  const credentials = await heldCredentials(ctx, found);
  if (credentials === null) return {};
  // Changed while it was paused: then there were no keys to keep.
  if (kind === "storage" && found.paused_at === null && lacksKeys(parseGrant(credentials))) return renewedKeys(ctx, found);
  return credentials;
}

async function heldCredentials(ctx: RequestContext, found: FoundResource): Promise<Credentials | null> {
  const { id, kind, team_id, rotate_generation, grant_sealed } = found;
  if (rotate_generation !== null && KINDS[kind].engine !== null) return completeRotation(ctx, { id, teamId: team_id });
  // What the kind shows of it, whatever an older version may have kept.
  return grant_sealed === null ? null : KINDS[kind].credentials.parse(await openGrant(ctx.deps, id, grant_sealed));
}

/** Keys minted now. @throws ApiError `update_failed` */
export async function renewedKeys(ctx: RequestContext, found: FoundResource): Promise<Credentials> {
  return renewGrant(ctx, found).catch((cause: unknown) => {
    throw new ApiError("update_failed", { cause });
  });
}
