/** Has the bridge make the tenant of a resource, and turns its grant into the credentials the answer shows. */
import { type Grant, jobIdFor } from "../../../contract/jobs.ts";
import { KINDS, tenantLimits } from "../../../contract/kinds.ts";
import type { EngineName, ResourceKind } from "../../../contract/names.ts";
import type { Tier } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import type { Credentials } from "./secrets.ts";

/** A create's own generation; every later job of the resource has a higher one. */
const FIRST_GENERATION = 1;

type Wanted = { resourceId: string; kind: ResourceKind; tier: Tier };

/** `cold`: no ready-made tenant was at hand. @throws BridgeError */
export async function makeTenant(ctx: RequestContext, wanted: Wanted): Promise<{ credentials: Credentials; cold: boolean }> {
  const { engine } = KINDS[wanted.kind];
  if (engine === null) throw new Error(`a ${wanted.kind} has no engine`);
  const args = {
    engine,
    resource_id: wanted.resourceId,
    generation: FIRST_GENERATION,
    limits: tenantLimits(wanted.kind, wanted.tier),
  };
  const jobId = jobIdFor("create", wanted.resourceId, FIRST_GENERATION);
  const { grant, cold } = await ctx.deps.bridge.run<"create">({ kind: "create", args }, jobId, ctx.requestId);
  return { credentials: credentialsOf(wanted.kind, grant), cold };
}

/** A living tenant's credentials once more; what expires is new. @throws BridgeError */
export async function renewCredentials(
  ctx: RequestContext,
  resource: { id: string; kind: ResourceKind; engine: EngineName },
): Promise<Credentials> {
  const args = { engine: resource.engine, resource_id: resource.id };
  const { grant } = await ctx.deps.bridge.run<"grant">({ kind: "grant", args }, ctx.deps.ids.uuid(), ctx.requestId);
  return credentialsOf(resource.kind, grant);
}

/** What the kind shows of a grant; anything else the bridge may say stays behind. @throws ZodError when it lacks something */
export function credentialsOf(kind: ResourceKind, { connection_url, internal_url, details }: Grant): Credentials {
  return KINDS[kind].credentials.parse({ connection_url, internal_url, ...details });
}
