/** Has the bridge make the tenant of a resource, and turns its grant into the credentials the answer shows. */
import { jobIdFor } from "../../../contract/jobs.ts";
import { KINDS, tenantLimits } from "../../../contract/kinds.ts";
import type { ResourceKind } from "../../../contract/names.ts";
import type { Tier } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import type { Credentials } from "./secrets.ts";

/** A create's own generation; every later job of the resource has a higher one. */
const FIRST_GENERATION = 1;

type Wanted = { resourceId: string; kind: ResourceKind; tier: Tier };

/** `cold`: no ready-made tenant was at hand. @throws BridgeError */
export async function makeTenant(
  ctx: RequestContext,
  { resourceId, kind, tier }: Wanted,
): Promise<{ credentials: Credentials; cold: boolean }> {
  const { engine, details } = KINDS[kind];
  const args = { engine, resource_id: resourceId, generation: FIRST_GENERATION, limits: tenantLimits(kind, tier) };
  const { grant, cold } = await ctx.deps.bridge.run<"create">(
    { kind: "create", args },
    jobIdFor("create", resourceId, FIRST_GENERATION),
    ctx.requestId,
  );
  const { connection_url, internal_url } = grant;
  return { credentials: { connection_url, internal_url, ...details.parse(grant.details ?? {}) }, cold };
}
