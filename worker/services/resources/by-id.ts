/** Looks up the token of a resource by its id. Page URLs contain the id and not the token, so a browser's history grants no access. */
import { UUID_PATTERN } from "../../../contract/names.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { findTokenOf } from "../../platform-db/resource-lookup.ts";
import { requireAccount } from "../actor.ts";
import { openToken } from "../grants/secrets.ts";

/** Secret. Only for resources of the caller's team. @throws ApiError `not_found`, `lookup_failed` */
export async function tokenOfResource({ ctx, input: { id } }: { ctx: RequestContext; input: { id: string } }): Promise<string> {
  const { team } = requireAccount(ctx);
  if (!UUID_PATTERN.test(id)) throw new ApiError("not_found");
  const sealed = await findTokenOf(ctx.deps.database, { id, teamId: team.id }).catch(lookupFailed);
  if (sealed === null) throw new ApiError("not_found");
  return openToken(ctx.deps, id.toLowerCase(), sealed);
}
