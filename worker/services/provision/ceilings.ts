/** Ceilings against mass creation, above every caller's own cap: one network, one ASN, all anonymous resources. */
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { countForCeilings } from "../../platform-db/ceilings.ts";

const DAY_MS = 86_400_000;

/**
 * Passes when one more anonymous resource fits. Creates that run at the same moment do not see each other, so a ceiling can be
 * passed by as many as run at once; it guards against floods, not against one.
 * @throws ApiError `network_limit_reached`, `capacity`, or `lookup_failed` when the counts are not to be had
 */
export async function checkCeilings({ ctx }: { ctx: RequestContext }): Promise<void> {
  const { createsPerNetwork, createsPerAsn, liveAnonymous } = ctx.deps.config.ceilings;
  const now = ctx.deps.clock.now();
  const counts = await countForCeilings(
    ctx.deps.database,
    ctx.client,
    { network: createsPerNetwork, asn: createsPerAsn, liveAnonymous },
    new Date(now - (now % DAY_MS)),
  ).catch((cause: unknown) => {
    throw new ApiError("lookup_failed", { cause });
  });
  if (isReached(counts.network, createsPerNetwork) || isReached(counts.asn, createsPerAsn)) throw new ApiError("network_limit_reached");
  if (isReached(counts.liveAnonymous, liveAnonymous)) throw new ApiError("capacity");
}

/** A ceiling of 0 is switched off. */
function isReached(count: number, ceiling: number): boolean {
  return ceiling > 0 && count >= ceiling;
}
