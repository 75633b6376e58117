/**
 * Checks that apply to a create in addition to the caller's rate and cap: no resource of the same kind and owner may be over its size, and
 * the ceilings on mass creation (per network, per ASN, all anonymous resources). One statement. A refused create uses no daily slot.
 */
import { KINDS, type ResourceKind } from "../../../contract/kinds.ts";
import { storageLimitBytes } from "../../../contract/limits.ts";
import { type Tier, UNLIMITED } from "../../../contract/plans.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { countForCeilings } from "../../platform-db/ceilings.ts";
import type { Creating } from "./input.ts";

/** Ceilings do not apply to teams; their tier limits them. */
const NO_CEILINGS = { createsPerNetwork: 0, createsPerAsn: 0, liveAnonymous: 0 };
const DAY_MS = 86_400_000;

/**
 * Resolves when the create is within all ceilings. Concurrent creates do not count each other, so together they can exceed a ceiling. The
 * ceilings protect against mass creation and are not exact.
 * @throws ApiError the kind's own code for "over its size", `network_limit_reached`, `capacity`, or `lookup_failed` when the counts cannot be read
 */
export async function checkCeilings({ ctx, input, caller: { teamId, tier } }: Creating): Promise<void> {
  const { createsPerNetwork, createsPerAsn, liveAnonymous } = teamId === null ? ctx.deps.config.ceilings : NO_CEILINGS;
  const now = ctx.deps.clock.now();
  const counts = await countForCeilings(
    ctx.deps.database,
    ctx.client,
    { network: createsPerNetwork, asn: createsPerAsn, liveAnonymous },
    { fingerprint: ctx.client.fingerprint, teamId, kind: input.kind, limitBytes: limitBytesOf(input.kind, tier) },
    { dayStart: new Date(now - (now % DAY_MS)), now: new Date(now) },
  ).catch(lookupFailed);
  if (counts.isOverSize) {
    const claimUrl = teamId === null ? `${ctx.deps.config.publicUrl}/start` : undefined;
    throw new ApiError(KINDS[input.kind].overSize ?? "quota_exceeded", { detail: input.kind, claimUrl });
  }
  if (isReached(counts.network, createsPerNetwork) || isReached(counts.asn, createsPerAsn)) throw new ApiError("network_limit_reached");
  if (isReached(counts.liveAnonymous, liveAnonymous)) throw new ApiError("capacity");
}

/** @returns null when unlimited */
function limitBytesOf(kind: ResourceKind, tier: Tier): number | null {
  const limitBytes = storageLimitBytes(kind, tier);
  return limitBytes === UNLIMITED ? null : limitBytes;
}

/** A ceiling of 0 is disabled. */
function isReached(count: number, ceiling: number): boolean {
  return ceiling > 0 && count >= ceiling;
}
