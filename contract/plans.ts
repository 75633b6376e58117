/**
 * The plans, typed. `plans.yaml` is the only source; `npm run generate` checks it and writes the JSON that this module reads.
 * -1 means unlimited everywhere.
 */
import { z } from "zod";
import plansJson from "./generated/plans.json" with { type: "json" };
import { KIND_LIMITS, type KindLimit } from "./kinds.ts";

export const UNLIMITED = -1;
/** From the smallest to the largest. */
export const TIERS = ["anonymous", "hobby", "hobby_plus", "pro", "growth", "team"] as const;
export const tierSchema = z.enum(TIERS);
export type Tier = z.infer<typeof tierSchema>;
/** What a team can have. */
export type TeamTier = Exclude<Tier, "anonymous">;

const limit = z.number().int().min(UNLIMITED);

/** What limits one kind is named by its own module. */
const kindLimits = Object.fromEntries(KIND_LIMITS.map((key) => [key, limit])) as Record<KindLimit, typeof limit>;

export const limitsSchema = z.strictObject({
  /** Requests of one caller in one minute, on all routes together. */
  requests_per_minute: limit,
  /** Creates of one caller in one UTC day, of all kinds together. */
  provisions_per_day: limit,
  live_resources: limit,
  ...kindLimits,
  /** Living deployments of a team. */
  deployments_apps: limit,
  /** What one container gets. A container always has limits, so none of these is -1. */
  deployment_memory_mb: z.number().int().min(0),
  deployment_cpu: z.number().min(0),
  deployment_disk_mb: z.number().int().min(0),
  team_members: limit,
});

export type Limits = z.infer<typeof limitsSchema>;

const priceCents = z.number().int().min(0);

/** The price of one billing period, in US cents; a tier without `yearly` is sold by the month only. */
const pricesSchema = z.strictObject({ monthly: priceCents, yearly: priceCents.optional() });

export const planSchema = z.strictObject({
  display_name: z.string().min(1),
  prices: pricesSchema,
  /** How long a resource lives; -1 until it is deleted. */
  lifetime_hours: limit,
  limits: limitsSchema,
  features: z.strictObject({
    /** A resource can be suspended without being deleted. */
    pause: z.boolean(),
    /** A deployment's URL can be limited to addresses. */
    private_deploys: z.boolean(),
  }),
});
export type Plan = z.infer<typeof planSchema>;

export const plansSchema = z.strictObject({
  claim_tier: tierSchema,
  public_ladder: z.array(tierSchema).min(1),
  tiers: z.strictObject(Object.fromEntries(TIERS.map((tier) => [tier, planSchema])) as Record<Tier, typeof planSchema>),
});
export type Plans = z.infer<typeof plansSchema>;

/** Checked when this module loads, so a Worker with an invalid table does not start. */
export const plans: Plans = plansSchema.parse(plansJson);
