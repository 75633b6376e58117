/** Finds the storage resource whose token is in the path, and counts the request against that token. */
import { UUID_PATTERN } from "../../../contract/names.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import type { FoundResource } from "../../platform-db/resource-lookup.ts";
import { accountOf } from "../actor.ts";
import { findResource } from "../resources/find.ts";

/** Limit per token, shared by all its callers (docs/limits/storage.md). */
const REQUESTS_PER_MINUTE = 10;

/**
 * The token is the credential. A bearer credential is optional, but if sent it must belong to this resource.
 * @throws ApiError `invalid_token`, `resource_not_found`, `resource_inactive`, `not_a_storage_resource`, `cross_team_session`,
 *   `rate_limited`, `admission_unavailable`, `lookup_failed`
 */
export async function openByToken({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<FoundResource> {
  const { token } = input;
  if (!UUID_PATTERN.test(token)) throw new ApiError("invalid_token", { detail: "The path holds no token of a resource." });
  const found = await findResource({ ctx, input: { token, missing: "resource_not_found", gone: "resource_inactive" } });
  // Other callers must not learn that a resource of another kind exists.
  if (!isOwnBearer(ctx, found, token)) throw new ApiError(found.kind === "storage" ? "cross_team_session" : "resource_not_found");
  requireStorage(found);
  await countForToken(ctx, found);
  return found;
}

/** True without a bearer, for the team that owns the resource, and before that for its holder. A provisional resource is its holder's. */
function isOwnBearer(ctx: RequestContext, { team_id, attached_provisionally }: FoundResource, token: string): boolean {
  const { actor } = ctx;
  if (actor.kind === "anonymous") return true;
  const isTeams = team_id !== null && !attached_provisionally;
  if (actor.kind === "holder") return !isTeams && actor.resourceToken.toLowerCase() === token.toLowerCase();
  return isTeams && accountOf(ctx)?.team.id === team_id;
}

/** Counts existing tokens only, so that unknown tokens create no Durable Objects. If counting fails, the request is refused. */
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

/** Requires a storage resource. @throws ApiError `not_a_storage_resource` */
export function requireStorage({ kind }: FoundResource): void {
  if (kind !== "storage") throw new ApiError("not_a_storage_resource");
}

/** A paused resource gets neither signed URLs nor keys. @throws ApiError `resource_paused` */
export function requireActive({ paused_at }: FoundResource): void {
  if (paused_at !== null) throw new ApiError("resource_paused");
}
