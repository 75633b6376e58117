/** New keys for a storage resource whose keys expire. In every mode, the answer has the same credential fields as the create. */
import type { Credentials } from "../../../contract/kinds/kind.ts";
import { storage } from "../../../contract/kinds/storage.ts";
import type { RequestContext } from "../../context.ts";
import { freshCredentials } from "../grants/current.ts";
import { openResource } from "../resources/find.ts";
import { requireActive, requireStorage } from "./open.ts";

/** @throws ApiError `not_found`, `not_a_storage_resource`, `resource_paused`, `update_failed` */
export async function refreshCredentials({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<Credentials> {
  const found = await openResource({ ctx, input });
  requireStorage(found);
  requireActive(found);
  const credentials = await freshCredentials(ctx, found);
  return { ...credentials, ...storage.links({ publicUrl: ctx.deps.config.publicUrl, token: input.token.toLowerCase(), credentials }) };
}
