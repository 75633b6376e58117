/** What a team uses stands beside what its tier includes; what tiers include is told to everybody. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { RESOURCE_KINDS } from "../../contract/kinds.ts";
import { plans } from "../../contract/plans.ts";
import { claimIt, newAccount, newApiKey } from "../support/accounts.ts";
import { expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { query } from "../support/postgres-client.ts";
import { bearer } from "../support/resources.ts";
import { api, stack } from "../support/shared-stack.ts";

const MIB = 1_048_576;
const { limits } = plans.tiers.hobby;
const metricSchema = z.strictObject({
  count: z.number(),
  count_limit: z.number(),
  bytes: z.number().optional(),
  limit_bytes: z.number(),
  each_limit_bytes: z.number(),
  over_limit: z.number(),
});
const counted = z.strictObject({ count: z.number(), limit: z.number() });
const usageSchema = z.strictObject({
  ok: z.literal(true),
  tier: z.string(),
  as_of: z.iso.datetime(),
  resources: z.strictObject({ count: z.number(), limit: z.number(), provisional: z.number() }),
  usage: z.strictObject(Object.fromEntries(RESOURCE_KINDS.map((kind) => [kind, metricSchema]))),
  members: counted,
  api_keys: counted,
});
type Headers = Record<string, string>;
async function usageOf(headers: Headers) {
  const answer = await api.call("GET", "/api/v1/usage", { headers });
  expect(answer.status, answer.text).toBe(200);
  return usageSchema.parse(answer.body);
}
const platform = (text: string, values: unknown[]) => query(stack.platformUrl, text, values);

describe("usage", () => {
  it("counts what the team has, and sums what it stores beside what it may", async () => {
    const account = await newAccount(api, { caller: freshCaller() });
    const make = async (path: string) =>
      z
        .object({ id: z.uuid(), token: z.uuid() })
        .parse((await api.call("POST", path, { headers: account.bearer, body: { name: "n" } })).body);
    const [, inbox] = [await make("/db/new"), await make("/webhook/new")];
    await api.call("POST", `/webhook/receive/${inbox.token}`, { body: "x".repeat(1_000) });
    // Measured long after the bridge's next look.
    await platform("UPDATE resources SET storage_bytes = $2, measured_at = now() + interval '1 hour' WHERE id = $1", [
      account.created.id,
      2 * MIB,
    ]);
    const { tier, resources, usage, members, api_keys } = await usageOf(account.bearer);
    expect([tier, resources]).toEqual(["hobby", { count: 3, limit: limits.live_resources, provisional: 0 }]);
    const each = limits.postgres_storage_mb * MIB;
    expect(usage.postgres).toEqual({
      count: 2,
      count_limit: -1,
      bytes: 2 * MIB,
      limit_bytes: 2 * each,
      each_limit_bytes: each,
      over_limit: 0,
    });
    expect(usage.queue).toEqual({
      count: 0,
      count_limit: limits.queue_count,
      bytes: 0,
      limit_bytes: 0,
      each_limit_bytes: limits.queue_storage_mb * MIB,
      over_limit: 0,
    });
    expect(usage.webhook).toMatchObject({ count: 1, limit_bytes: limits.webhook_storage_mb * MIB });
    expect(usage.webhook?.bytes).toBeGreaterThan(1_000);
    expect([members, api_keys.count]).toEqual([{ count: 1, limit: limits.team_members }, 0]);
    await newApiKey(api, account, ["read"]);
    expect((await usageOf(account.bearer)).api_keys.count).toBe(1);
  });

  it.each([
    [0, 0],
    [1, 1],
  ])("with %i bytes above the limit names %i over it", async (above, over) => {
    const { created, bearer: headers } = await newAccount(api, { caller: freshCaller() });
    await platform("UPDATE resources SET storage_bytes = $2, measured_at = now() + interval '1 hour' WHERE id = $1", [
      created.id,
      limits.postgres_storage_mb * MIB + above,
    ]);
    expect((await usageOf(headers)).usage.postgres?.over_limit).toBe(over);
  });

  it("holds each resource to its own tier, and says -1 where one has no limit", async () => {
    const { created, bearer: headers } = await newAccount(api, { caller: freshCaller() });
    await platform("UPDATE resources SET tier = 'team' WHERE id = $1", [created.id]);
    expect((await usageOf(headers)).usage.postgres).toMatchObject({ count: 1, limit_bytes: -1, over_limit: 0 });
  });

  it("does not count what only came along with a claim, nor anything of anybody else", async () => {
    const caller = freshCaller();
    const [mine] = [await api.create({ caller }), await api.create({ caller })];
    const account = await claimIt(api, mine, { caller });
    const { resources, usage } = await usageOf(account.bearer);
    expect([resources.count, resources.provisional, usage.postgres?.count]).toEqual([1, 1, 1]);
  });

  it("is for accounts: a key that reads is enough, a resource's own JWT is not", async () => {
    const account = await newAccount(api, { caller: freshCaller() });
    await usageOf((await newApiKey(api, account, ["read"])).bearer);
    const created = await api.create();
    expect(expectError(await api.call("GET", "/api/v1/usage", { headers: bearer(created.upgrade_jwt) }), "unauthorized").error_code).toBe(
      "invalid_claims",
    );
    expectError(await api.call("GET", "/api/v1/usage"), "unauthorized");
  });
});

describe("capabilities", () => {
  const tierSchema = z.looseObject({
    tier: z.string(),
    price_usd_monthly: z.number(),
    annual_discount_percent: z.number(),
    storage_limit_mb: z.record(z.string(), z.number()),
    connections_limit: z.record(z.string(), z.number()),
    is_terminal_tier: z.boolean(),
    upgrade_url: z.url().nullable(),
    features: z.record(z.string(), z.boolean()),
  });
  const answerSchema = z.strictObject({
    ok: z.literal(true),
    kinds: z.array(z.strictObject({ resource_type: z.enum(RESOURCE_KINDS), create: z.string() })),
    tiers: z.array(tierSchema),
    docs: z.url(),
    contact: z.string(),
  });

  it("are the plans, for everybody, the smallest tier first", async () => {
    const answer = await api.call("GET", "/api/v1/capabilities", { headers: { Authorization: "Bearer nonsense" } });
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "public, max-age=300"]);
    const { tiers, kinds } = answerSchema.parse(answer.body);
    expect(tiers.map(({ tier }) => tier)).toEqual(["anonymous", "hobby", "hobby_plus", "pro", "growth", "team"]);
    const [anonymous, hobby, , pro, growth, team] = tiers;
    expect(hobby).toMatchObject({
      price_usd_monthly: 9,
      annual_discount_percent: 17,
      storage_limit_mb: { postgres: 1024, redis: 50, mongodb: 100 },
      connections_limit: { postgres: 8, redis: -1 },
      upgrade_url: `${stack.publicUrl}/pricing`,
    });
    expect([anonymous?.annual_discount_percent, growth?.annual_discount_percent]).toEqual([0, 0]);
    expect([hobby?.features.pause, pro?.features.pause]).toEqual([false, true]);
    expect(team).toMatchObject({ is_terminal_tier: true, upgrade_url: null });
    for (const { create } of kinds) {
      const [method = "", path = ""] = create.split(" ");
      expectError(await api.call(method, path, { body: {} }), "name_required");
    }
  });
});
