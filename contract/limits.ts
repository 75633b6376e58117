/** What the plans allow of each kind. -1 is unlimited. */
import type { TenantLimits } from "./jobs.ts";
import { KINDS, type KindLimit, type ResourceKind } from "./kinds.ts";
import { type Plans, plans, type Tier, UNLIMITED } from "./plans.ts";

/** The `limits` of one kind's answer in one tier; `expires_in` ("24h") only where resources expire. */
export function answerLimits(kind: ResourceKind, tier: Tier, table: Plans = plans): Record<string, number | string> {
  const { limits, lifetime_hours } = table.tiers[tier];
  const shown = Object.entries(KINDS[kind].limits.answer).map(([name, key]) => [name, limits[key]]);
  return { ...Object.fromEntries(shown), ...(lifetime_hours === UNLIMITED ? {} : { expires_in: `${lifetime_hours}h` }) };
}

/** What the home of one kind enforces in one tier. */
export function tenantLimits(kind: ResourceKind, tier: Tier, table: Plans = plans): TenantLimits {
  const { storage_mb, connections, streams } = KINDS[kind].limits.tenant;
  const of = (key: KindLimit | undefined): number => (key === undefined ? UNLIMITED : table.tiers[tier].limits[key]);
  return { storage_mb: of(storage_mb), connections: of(connections), ...(streams === undefined ? {} : { streams: of(streams) }) };
}

/** How many living resources of one kind a team may have. */
export function countLimit(kind: ResourceKind, tier: Tier, table: Plans = plans): number {
  const { count } = KINDS[kind].limits;
  return count === undefined ? UNLIMITED : table.tiers[tier].limits[count];
}

const MIB_BYTES = 1_048_576;

/** How many bytes one resource may store, above an empty one's own. */
export function storageLimitBytes(kind: ResourceKind, tier: Tier, table: Plans = plans): number {
  const { storage_mb } = tenantLimits(kind, tier, table);
  return storage_mb === UNLIMITED ? UNLIMITED : storage_mb * MIB_BYTES;
}
