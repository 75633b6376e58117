/** Guarantee: plans.yaml is a table that can be sold: a larger tier never has less, a year never costs more than twelve months. */
import { describe, expect, it } from "vitest";
import { type Limits, plans, plansSchema, TIERS, UNLIMITED } from "../../../contract/plans.ts";

const MONTHS = 12;
/** A limit as a number that can be compared. */
const size = (limit: number) => (limit === UNLIMITED ? Number.POSITIVE_INFINITY : limit);
const neighbours = TIERS.slice(1).map((tier, index) => [TIERS[index] ?? tier, tier] as const);

describe("prices", () => {
  it("a year costs at most twelve months", () => {
    for (const tier of TIERS) {
      const { monthly, yearly } = plans.tiers[tier].prices;
      if (yearly !== undefined) expect(yearly, tier).toBeLessThanOrEqual(MONTHS * monthly);
    }
  });

  it("are those of the price table, in US cents", () => {
    expect(Object.fromEntries(TIERS.map((tier) => [tier, plans.tiers[tier].prices]))).toEqual({
      anonymous: { monthly: 0 },
      hobby: { monthly: 900, yearly: 9_000 },
      hobby_plus: { monthly: 1_900, yearly: 19_900 },
      pro: { monthly: 4_900, yearly: 49_000 },
      growth: { monthly: 9_900 },
      team: { monthly: 19_900, yearly: 199_000 },
    });
  });

  it("grow from tier to tier", () => {
    for (const [smaller, larger] of neighbours)
      expect(plans.tiers[smaller].prices.monthly, larger).toBeLessThan(plans.tiers[larger].prices.monthly);
  });
});

describe("limits", () => {
  it.each(neighbours)("of %s are never above those of %s", (smaller, larger) => {
    for (const name of Object.keys(plans.tiers[smaller].limits) as (keyof Limits)[])
      expect(size(plans.tiers[smaller].limits[name]), name).toBeLessThanOrEqual(size(plans.tiers[larger].limits[name]));
  });

  it("of the documented table hold", () => {
    const row = (tier: (typeof TIERS)[number]) => {
      const { limits } = plans.tiers[tier];
      return [
        `${limits.postgres_storage_mb} / ${limits.postgres_connections}`,
        limits.redis_memory_mb,
        `${limits.mongodb_storage_mb} / ${limits.mongodb_connections}`,
      ];
    };
    expect(plans.public_ladder.map((tier) => [tier, ...row(tier)])).toEqual([
      ["anonymous", "10 / 2", 5, "5 / 2"],
      ["hobby", "1024 / 8", 50, "100 / 5"],
      ["pro", "10240 / 20", 512, "5120 / 20"],
      ["team", "-1 / -1", -1, "-1 / -1"],
    ]);
  });
});

it("only anonymous resources expire, and a claim leads to a tier where they do not", () => {
  expect(TIERS.filter((tier) => plans.tiers[tier].lifetime_hours !== UNLIMITED)).toEqual(["anonymous"]);
  expect(plans.claim_tier).not.toBe("anonymous");
});

it("a limit or a feature that the schema does not know is refused", () => {
  const { hobby } = plans.tiers;
  const withHobby = (changed: object) => ({ ...plans, tiers: { ...plans.tiers, hobby: { ...hobby, ...changed } } });
  expect(plansSchema.safeParse(withHobby({})).success).toBe(true);
  for (const changed of [
    { limits: { ...hobby.limits, custom_domains_max: 1 } },
    { features: { ...hobby.features, sla: true } },
    { prices: { ...hobby.prices, weekly: 1 } },
    { prices: { yearly: 9_000 } },
  ])
    expect(plansSchema.safeParse(withHobby(changed)).success, JSON.stringify(changed)).toBe(false);
});
