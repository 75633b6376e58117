/** The features and limits of each tier, derived from `plans.yaml`. Pure. */
import { byKind, KINDS, RESOURCE_KINDS } from "../../../contract/kinds.ts";
import { countLimit, tenantLimits } from "../../../contract/limits.ts";
import { type Plan, plans, TIERS, type Tier } from "../../../contract/plans.ts";

const MONTHS = 12;
const CENTS = 100;

export function capabilities(publicUrl: string) {
  const last = TIERS.at(-1);
  return { kinds: kinds(), tiers: TIERS.map((tier) => tierCapabilities(tier, tier === last ? null : `${publicUrl}/pricing`)) };
}

function kinds() {
  return RESOURCE_KINDS.map((resource_type) => ({ resource_type, create: `POST ${KINDS[resource_type].path}` }));
}

function tierCapabilities(tier: Tier, upgradeUrl: string | null) {
  const { display_name, prices, lifetime_hours, limits, features } = plans.tiers[tier];
  return {
    tier,
    display_name,
    price_usd_monthly: prices.monthly / CENTS,
    paid_from_day_one: prices.monthly > 0,
    annual_discount_percent: annualDiscountPercent(prices),
    lifetime_hours,
    live_resources: limits.live_resources,
    requests_per_minute: limits.requests_per_minute,
    provisions_per_day: limits.provisions_per_day,
    storage_limit_mb: byKind((kind) => tenantLimits(kind, tier).storage_mb),
    connections_limit: byKind((kind) => tenantLimits(kind, tier).connections),
    resource_count_limit: byKind((kind) => countLimit(kind, tier)),
    deployments_apps: limits.deployments_apps,
    deployment: { memory_mb: limits.deployment_memory_mb, cpu: limits.deployment_cpu, disk_mb: limits.deployment_disk_mb },
    webhook_requests_stored: limits.webhook_requests_stored,
    features,
    is_terminal_tier: upgradeUrl === null,
    upgrade_url: upgradeUrl,
  };
}

/** The discount of a yearly price compared with twelve monthly ones, in percent; 0 for a tier without a yearly price. */
function annualDiscountPercent({ monthly, yearly }: Plan["prices"]): number {
  return yearly === undefined ? 0 : Math.round((1 - yearly / (MONTHS * monthly)) * 100);
}
