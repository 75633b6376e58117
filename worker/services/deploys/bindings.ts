/**
 * Bindings: a variable of a service that is a resource's internal address. A binding names the resource by its token when it is made and
 * by its id in the row; the address is read again at every release.
 */
import { z } from "zod";
import type { Credentials } from "../../../contract/kinds/kind.ts";
import { KINDS } from "../../../contract/kinds.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { type FoundResource, findById, findByToken } from "../../platform-db/resource-lookup.ts";
import { requireAccount } from "../actor.ts";
import { freshCredentials } from "../grants/current.ts";
import { openToken } from "../grants/secrets.ts";
import { isLive } from "../resources/find.ts";

/** A variable's name → the id of a resource. */
export type Bindings = Readonly<Record<string, string>>;

/** @param tokens a variable's name → a resource's token @throws ApiError `resource_binding_not_found`, `resource_binding_forbidden`, `resource_binding_lookup_failed` */
export async function resolveTokens(ctx: RequestContext, tokens: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const { database, hasher } = ctx.deps;
  const resolved = Object.entries(tokens).map(async ([name, token]) => {
    const found = await findByToken(database, await hasher.tokenHash(token)).catch(notReadable);
    return [name, requireBindable(ctx, name, found).id] as const;
  });
  return Object.fromEntries(await Promise.all(resolved));
}

/** The variables that the bindings stand for now. Secret. @throws ApiError as `resolveTokens` */
export async function readBoundVariables(ctx: RequestContext, bindings: Bindings): Promise<Record<string, string>> {
  const { team } = requireAccount(ctx);
  const bound = Object.entries(bindings).map(async ([name, id]) => {
    const found = requireBindable(ctx, name, await findById(ctx.deps.database, { id, teamId: team.id }).catch(notReadable));
    const [credentials, token] = await Promise.all([freshCredentials(ctx, found), openToken(ctx.deps, found.id, found.token_sealed)]).catch(
      notReadable,
    );
    return variablesOf(name, found.kind, { credentials, token, publicUrl: ctx.deps.config.publicUrl });
  });
  const [values, beside] = (await Promise.all(bound)).reduce<[Record<string, string>, Record<string, string>]>(
    ([ofNames, others], one) => [
      { ...ofNames, ...one.named },
      { ...one.beside, ...others },
    ],
    [{}, {}],
  );
  return { ...beside, ...values };
}

function requireBindable(ctx: RequestContext, name: string, found: FoundResource | null): FoundResource {
  const { team } = requireAccount(ctx);
  if (found === null || found.team_id !== team.id || !isLive(found, ctx.deps.clock.now()))
    throw new ApiError("resource_binding_not_found", { detail: name });
  if (found.attached_provisionally) throw new ApiError("resource_binding_forbidden", { detail: name });
  return found;
}

function notReadable(cause: unknown): never {
  throw new ApiError("resource_binding_lookup_failed", { cause });
}

const addressesSchema = z.object({
  internal_url: z.string().optional(),
  receive_url: z.string().optional(),
  internal_endpoint: z.string().optional(),
  endpoint: z.string().optional(),
});

type Reachable = { credentials: Credentials; token: string; publicUrl: string };

/**
 * `named`: the variable of the binding, with the address that works from inside an app. `beside`: the other variables of the kind, such as
 * keys, for clients that need more than an address. Pure. @throws ZodError when the credentials lack a field of their kind
 */
export function variablesOf(name: string, kind: FoundResource["kind"], { credentials, token, publicUrl }: Reachable) {
  const { links, variables } = KINDS[kind];
  const fields: Credentials = { ...credentials, ...links?.({ publicUrl, token, credentials }) };
  const { internal_url, receive_url, internal_endpoint, endpoint } = addressesSchema.parse(fields);
  const address = internal_url ?? receive_url ?? internal_endpoint ?? endpoint ?? "";
  const inside = {
    ...fields,
    ...(internal_url === undefined ? {} : { connection_url: internal_url }),
    ...(internal_endpoint === undefined ? {} : { endpoint: internal_endpoint }),
  };
  const beside = Object.entries(variables.of(inside, publicUrl)).filter(([, value]) => value !== address);
  return { named: { [name]: address }, beside: Object.fromEntries(beside) };
}
