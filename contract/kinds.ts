/**
 * What callers can own: one entry a kind, with everything both sides must know of it. A new kind begins here.
 * Numbers come from plans.yaml only; -1 is unlimited. Source: live-api 1.1 and 2.2, PRODUCT "response".
 */
import { z } from "zod";
import type { TenantLimits } from "./jobs.ts";
import type { EngineName, ResourceKind } from "./names.ts";
import { type Limits, type Plans, plans, type Tier, UNLIMITED } from "./plans.ts";

export type KindEntry = {
  /** Which engine's tenant it is. */
  engine: EngineName;
  /** Where it is made. */
  path: `/${string}/new`;
  /** The `limits` of its answer. */
  answerLimits: (limits: Limits) => Record<string, number>;
  /** What its engine enforces for it. */
  tenantLimits: (limits: Limits) => TenantLimits;
  /** What the answer holds of the grant's details, beside the two URLs. */
  details: z.ZodType<Record<string, unknown>>;
};

const noDetails = z.object({});

export const KINDS: Record<ResourceKind, KindEntry> = {
  postgres: {
    engine: "postgres",
    path: "/db/new",
    answerLimits: (limits) => ({ storage_mb: limits.postgres_storage_mb, connections: limits.postgres_connections }),
    tenantLimits: (limits) => ({ storage_mb: limits.postgres_storage_mb, connections: limits.postgres_connections }),
    details: noDetails,
  },
  vector: {
    engine: "postgres",
    path: "/vector/new",
    answerLimits: (limits) => ({ storage_mb: limits.vector_storage_mb, connections: limits.vector_connections }),
    tenantLimits: (limits) => ({ storage_mb: limits.vector_storage_mb, connections: limits.vector_connections }),
    details: noDetails,
  },
};

/** The `limits` of one kind's answer in one tier; `expires_in` ("24h") only where resources expire. */
export function answerLimits(kind: ResourceKind, tier: Tier, table: Plans = plans): Record<string, number | string> {
  const { limits, lifetime_hours } = table.tiers[tier];
  return { ...KINDS[kind].answerLimits(limits), ...(lifetime_hours === UNLIMITED ? {} : { expires_in: `${lifetime_hours}h` }) };
}

/** What the engine of one kind enforces in one tier. */
export function tenantLimits(kind: ResourceKind, tier: Tier, table: Plans = plans): TenantLimits {
  return KINDS[kind].tenantLimits(table.tiers[tier].limits);
}
