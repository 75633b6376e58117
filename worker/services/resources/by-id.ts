/** From an id to the token the other verbs take. Pages name resources by id: an address in a browser's history opens nothing. */
import { UUID_PATTERN } from "../../../contract/names.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { findTokenOf } from "../../platform-db/resource-lookup.ts";
import { requireAccount } from "../actor.ts";
import { openToken } from "../grants/secrets.ts";

/** Secret. Of the asker's team only. @throws ApiError `not_found`, `lookup_failed` */
export async function tokenOfResource({ ctx, input: { id } }: { ctx: RequestContext; input: { id: string } }): Promise<string> {
  const { team } = requireAccount(ctx);
  if (!UUID_PATTERN.test(id)) throw new ApiError("not_found");
  const sealed = await findTokenOf(ctx.deps.database, { id, teamId: team.id }).catch(lookupFailed);
  if (sealed === null) throw new ApiError("not_found");
  return openToken(ctx.deps, id.toLowerCase(), sealed);
}
