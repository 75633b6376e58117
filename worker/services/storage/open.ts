/** Finds the storage resource whose token stands in the path, and counts the request against that token. */
import { UUID_PATTERN } from "../../../contract/names.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import type { FoundResource } from "../../platform-db/resource-lookup.ts";
import { accountOf } from "../actor.ts";
import { findResource } from "../resources/find.ts";

/** Per token and minute, for all callers together. */
const REQUESTS_PER_MINUTE = 10;

/**
 * The token is the credential; a bearer that is sent must be this resource's own.
 * @throws ApiError `invalid_token`, `resource_not_found`, `resource_inactive`, `not_a_storage_resource`, `cross_team_session`,
 *   `rate_limited`, `admission_unavailable`, `lookup_failed`
 */
export async function openByToken({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<FoundResource> {
  const { token } = input;
  if (!UUID_PATTERN.test(token)) throw new ApiError("invalid_token", { detail: "The path holds no token of a resource." });
  const found = await findResource({ ctx, input: { token, missing: "resource_not_found", gone: "resource_inactive" } });
  // Other callers do not learn that a resource of another kind exists.
  if (!isOwnBearer(ctx, found, token)) throw new ApiError(found.kind === "storage" ? "cross_team_session" : "resource_not_found");
  requireStorage(found);
  await countForToken(ctx, found);
  return found;
}

/** No bearer, the holder's until the claim, or the team's. A provisionally attached resource still belongs to its holder. */
function isOwnBearer(ctx: RequestContext, { team_id, attached_provisionally }: FoundResource, token: string): boolean {
  const { actor } = ctx;
  if (actor.kind === "anonymous") return true;
  const isTeams = team_id !== null && !attached_provisionally;
  if (actor.kind === "holder") return !isTeams && actor.resourceToken.toLowerCase() === token.toLowerCase();
  return isTeams && accountOf(ctx)?.team.id === team_id;
}

/** Only existing tokens are counted, so that others create no objects. Without a count the request is refused. */
async function countForToken(ctx: RequestContext, { id }: FoundResource): Promise<void> {
  const counted = await ctx.deps.admission
    .of(`presign:${id}`)
    .count(REQUESTS_PER_MINUTE)
    .catch((cause: unknown) => {
      throw new ApiError("admission_unavailable", { cause });
    });
  if (counted.allowed) return;
  throw new ApiError("rate_limited", { detail: "Too many requests for this token.", retryAfterSeconds: counted.resetsInSeconds });
}

/** The resource must be a storage resource. @throws ApiError `not_a_storage_resource` */
export function requireStorage({ kind }: FoundResource): void {
  if (kind !== "storage") throw new ApiError("not_a_storage_resource");
}

/** A paused resource signs nothing and issues no keys. @throws ApiError `resource_paused` */
export function requireActive({ paused_at }: FoundResource): void {
  if (paused_at !== null) throw new ApiError("resource_paused");
}
