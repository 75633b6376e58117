/**
 * The plans, typed. `plans.yaml` is the only source; `npm run generate` checks it and writes the JSON read here.
 * -1 is "unlimited" everywhere. Source of the numbers: PRODUCT "tiers", `live-api` section 3.
 */
import { z } from "zod";
import plansJson from "./generated/plans.json" with { type: "json" };
import { KIND_LIMITS, type KindLimit } from "./kinds.ts";

export const UNLIMITED = -1;
export const TIERS = [
  "anonymous",
  "hobby",
  "hobby_yearly",
  "hobby_plus",
  "hobby_plus_yearly",
  "pro",
  "pro_yearly",
  "growth",
  "team",
  "team_yearly",
] as const;
export const tierSchema = z.enum(TIERS);
export type Tier = z.infer<typeof tierSchema>;

const limit = z.number().int().min(UNLIMITED);

/** What limits one kind is named by its own module. */
const kindLimits = Object.fromEntries(KIND_LIMITS.map((key) => [key, limit])) as Record<KindLimit, typeof limit>;

export const limitsSchema = z.strictObject({
  /** Requests of one caller in one minute, all routes together. */
  requests_per_minute: limit,
  /** Creates of one caller in one UTC day, all kinds together. */
  provisions_per_day: limit,
  live_resources: limit,
  ...kindLimits,
  team_members: limit,
  vault_max_entries: limit,
  /** Empty: any environment. */
  vault_envs_allowed: z.array(z.string()),
  deployments_apps: limit,
  backup_retention_days: limit,
  backup_restore_enabled: z.boolean(),
  manual_backups_per_day: limit,
  rpo_minutes: limit,
  rto_minutes: limit,
  custom_domains_max: limit,
});

export type Limits = z.infer<typeof limitsSchema>;

export const planSchema = z.strictObject({
  display_name: z.string().min(1),
  price_cents: z.number().int().min(0),
  billing_period: z.enum(["monthly", "yearly"]),
  /** How long a resource lives; -1 until it is deleted. */
  lifetime_hours: limit,
  limits: limitsSchema,
  features: z.strictObject({
    alerts: z.boolean(),
    custom_domains: z.boolean(),
    sla: z.boolean(),
    dedicated: z.boolean(),
    /** A resource can be suspended without being deleted. */
    pause: z.boolean(),
  }),
});
export type Plan = z.infer<typeof planSchema>;

export const plansSchema = z.strictObject({
  claim_tier: tierSchema,
  public_ladder: z.array(tierSchema).min(1),
  tiers: z.strictObject(Object.fromEntries(TIERS.map((tier) => [tier, planSchema])) as Record<Tier, typeof planSchema>),
});
export type Plans = z.infer<typeof plansSchema>;

/** Checked when this module loads: a Worker with a broken table does not start. */
export const plans: Plans = plansSchema.parse(plansJson);
