/** The connection data of a resource, for pages and for the API: credentials, links and environment variables. */

import type { Credentials } from "../../../contract/kinds/kind.ts";
import { KINDS } from "../../../contract/kinds.ts";
import type { RequestContext } from "../../context.ts";
import type { FoundResource } from "../../platform-db/resource-lookup.ts";
import { freshCredentials, lastingCredentials } from "../grants/current.ts";
import { openResource } from "./find.ts";

type Asked = { ctx: RequestContext; input: { token: string } };

/** Keys that expire sooner are renewed before they are written to an environment file, because such a file stays in use. */
const KEYS_LAST_SECONDS = 600;

/** All connection data, with new keys where keys expire. Secret. @throws ApiError `not_found`, `confirmation_required`, `update_failed` */
export async function connectionOf({ ctx, input }: Asked) {
  const found = await openResource({ ctx, input });
  const { id, kind, name, env } = found;
  const credentials = await freshCredentials(ctx, found);
  const token = input.token.toLowerCase();
  return { id, kind, name, env, token, ...shown(ctx, found, token, credentials) };
}
export type Connection = Awaited<ReturnType<typeof connectionOf>>;

/** Secret. @throws ApiError `not_found`, `confirmation_required`, `update_failed` */
export async function readVariables({ ctx, input }: Asked): Promise<Record<string, string>> {
  const found = await openResource({ ctx, input });
  const credentials = await lastingCredentials(ctx, found, KEYS_LAST_SECONDS);
  return shown(ctx, found, input.token.toLowerCase(), credentials).variables;
}

/** @throws ZodError when the credentials lack a field of their kind */
function shown({ deps }: RequestContext, { kind }: FoundResource, token: string, credentials: Credentials) {
  const { publicUrl } = deps.config;
  const { links, variables } = KINDS[kind];
  const fields = { ...credentials, ...links?.({ publicUrl, token, credentials }) };
  return { fields, variables: variables.of(fields, publicUrl) };
}
