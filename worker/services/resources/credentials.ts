/** Returns the credentials of a resource again. */
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { currentCredentials } from "../grants/current.ts";
import { openResource } from "./find.ts";

/** @throws ApiError `not_found`, `no_connection_url`, `update_failed` */
export async function revealCredentials({ ctx, input }: { ctx: RequestContext; input: { token: string } }) {
  const found = await openResource({ ctx, input });
  const credentials = await currentCredentials(ctx, found);
  if (!("connection_url" in credentials)) throw new ApiError("no_connection_url");
  const { id, kind, env } = found;
  return { id, token: input.token.toLowerCase(), resource_type: kind, env, credentials };
}
