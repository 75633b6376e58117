/** Makes the tenant of a resource: the bridge does, and its grant becomes the credentials the answer shows, or an object of ours is opened. */
import { type Grant, jobIdFor } from "../../../contract/jobs.ts";
import { KINDS, tenantLimits } from "../../../contract/kinds.ts";
import type { EngineName, ResourceKind } from "../../../contract/names.ts";
import type { Tier } from "../../../contract/plans.ts";
import type { FixedResponse } from "../../../contract/webhook-inbox.ts";
import type { RequestContext } from "../../context.ts";
import { openInbox } from "../webhooks/open.ts";
import type { Credentials } from "./secrets.ts";

/** A create's own generation; every later job of the resource has a higher one. */
const FIRST_GENERATION = 1;

type Wanted = { resourceId: string; kind: ResourceKind; tier: Tier; expiresAt: Date | null; response?: FixedResponse | undefined };

/**
 * Nothing is made before `allowed` resolves, and nothing when it rejects; what the bridge will be told is signed meanwhile.
 * `cold`: no ready-made tenant was at hand. @throws BridgeError, what an object out of reach throws, or what `allowed` does
 */
export async function makeTenant(
  ctx: RequestContext,
  wanted: Wanted,
  allowed: Promise<void>,
): Promise<{ credentials: Credentials; cold: boolean }> {
  const { engine } = KINDS[wanted.kind];
  if (engine === null) {
    await allowed;
    await ctx.timed("tenant", openInbox(ctx.deps, wanted));
    return { credentials: {}, cold: false };
  }
  const args = {
    engine,
    resource_id: wanted.resourceId,
    generation: FIRST_GENERATION,
    limits: tenantLimits(wanted.kind, wanted.tier),
  };
  const jobId = jobIdFor("create", wanted.resourceId, FIRST_GENERATION);
  const [job] = await Promise.all([ctx.deps.bridge.sign<"create">({ kind: "create", args }, jobId), allowed]);
  const { grant, cold } = await ctx.timed("tenant", ctx.deps.bridge.send(job, ctx.requestId));
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
