/** Everything somebody needs to connect to a resource, whatever its kind; of keys that expire, fresh ones. */
import { KINDS } from "../../../contract/kinds.ts";
import type { RequestContext } from "../../context.ts";
import type { Credentials } from "../provision/secrets.ts";
import { refreshCredentials } from "../storage/refresh.ts";
import { revealCredentials } from "./credentials.ts";
import { openResource } from "./find.ts";
import { variablesOf } from "./variables.ts";

/** Secret. @throws ApiError `not_found`, `confirmation_required`, `update_failed` */
export async function connectionOf({ ctx, input }: { ctx: RequestContext; input: { token: string } }) {
  const { id, kind, name, env, paused_at } = await openResource({ ctx, input });
  const token = input.token.toLowerCase();
  const credentials = await credentialsOf();
  const { publicUrl } = ctx.deps.config;
  const variables = variablesOf({ kind, token, publicUrl, credentials });
  return { id, kind, name, env, token, variables, fields: { ...credentials, ...KINDS[kind].links?.({ publicUrl, token, credentials }) } };

  async function credentialsOf(): Promise<Credentials> {
    // Nothing is minted for a paused one: what it had is shown.
    if (kind === "storage" && paused_at === null) return refreshCredentials({ ctx, input });
    return KINDS[kind].engine === null ? {} : (await revealCredentials({ ctx, input })).credentials;
  }
}
export type Connection = Awaited<ReturnType<typeof connectionOf>>;
