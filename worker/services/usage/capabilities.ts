/** What each tier includes, from the plans alone. Pure. Yearly tiers are the same for another price. Source: live-api 2.3, TierCapabilities. */
import { byKind, KINDS, RESOURCE_KINDS } from "../../../contract/kinds.ts";
import { countLimit, tenantLimits } from "../../../contract/limits.ts";
import { plans, TIERS, type Tier } from "../../../contract/plans.ts";

const MONTHS = 12;
const CENTS = 100;

export function capabilities(publicUrl: string) {
  const monthly = TIERS.filter((tier) => plans.tiers[tier].billing_period === "monthly");
  const last = monthly.at(-1);
  return { kinds: kinds(), tiers: monthly.map((tier) => tierCapabilities(tier, tier === last ? null : `${publicUrl}/pricing`)) };
}

function kinds() {
  return RESOURCE_KINDS.map((resource_type) => ({ resource_type, create: `POST ${KINDS[resource_type].path}` }));
}

function tierCapabilities(tier: Tier, upgradeUrl: string | null) {
  const { display_name, price_cents, lifetime_hours, limits, features } = plans.tiers[tier];
  return {
    tier,
    display_name,
    price_usd_monthly: price_cents / CENTS,
    paid_from_day_one: price_cents > 0,
    annual_discount_percent: annualDiscountPercent(tier),
    lifetime_hours,
    live_resources: limits.live_resources,
    requests_per_minute: limits.requests_per_minute,
    provisions_per_day: limits.provisions_per_day,
    storage_limit_mb: byKind((kind) => tenantLimits(kind, tier).storage_mb),
    connections_limit: byKind((kind) => tenantLimits(kind, tier).connections),
    resource_count_limit: byKind((kind) => countLimit(kind, tier)),
    webhook_requests_stored: limits.webhook_requests_stored,
    deployments_apps: limits.deployments_apps,
    backup_retention_days: limits.backup_retention_days,
    backup_restore_enabled: limits.backup_restore_enabled,
    manual_backups_per_day: limits.manual_backups_per_day,
    rpo_minutes: limits.rpo_minutes,
    rto_minutes: limits.rto_minutes,
    features,
    is_terminal_tier: upgradeUrl === null,
    upgrade_url: upgradeUrl,
  };
}

/** How much less a year costs than twelve months; 0 for what is not sold by the year. */
function annualDiscountPercent(tier: Tier): number {
  const yearly = TIERS.find((one) => one === `${tier}_yearly`);
  const { price_cents: monthCents } = plans.tiers[tier];
  if (yearly === undefined || monthCents === 0) return 0;
  return Math.round((1 - plans.tiers[yearly].price_cents / (MONTHS * monthCents)) * 100);
}
