/** What a team may have, and that nobody else sees any of it or changes it by what he sends. */
import { expect, it } from "vitest";
import { z } from "zod";
import { plans } from "../../contract/plans.ts";
import { claimIt, newAccount, newApiKey } from "../support/accounts.ts";
import { expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const LIVE = plans.tiers.hobby.limits.live_resources;

it(`has ${LIVE} living resources and not one more; a deleted one makes room`, async () => {
  const account = await newAccount(api);
  const { bearer: headers } = await newApiKey(api, account, ["write"]);
  const create = () => api.call("POST", "/db/new", { headers, body: { name: "one-of-many" } });
  for (let live = 2; live <= LIVE; live += 1) expect((await create()).status).toBe(201);
  const refused = expectError(await create(), "quota_exceeded");
  expect(refused.upgrade_url).toBe(`${stack.publicUrl}/pricing`);
  expect(refused.message).toContain(String(LIVE));
  expect((await api.call("DELETE", `/api/v1/resources/${account.created.token}`, { headers })).status).toBe(200);
  await expect.poll(async () => (await create()).status, { timeout: 20_000, interval: 500 }).toBe(201);
  expectError(await create(), "quota_exceeded");
}, 120_000);

it("counts its requests against the team and its tier, wherever they come from", async () => {
  const { bearer: headers } = await newAccount(api);
  const remaining = async () => {
    const answer = await api.call("GET", "/api/v1/whoami", { headers, caller: freshCaller() });
    expect(answer.headers.get("ratelimit-policy")).toBe(`"default";q=${plans.tiers.hobby.limits.requests_per_minute};w=60`);
    return Number(/r=(\d+)/.exec(answer.headers.get("ratelimit") ?? "")?.[1]);
  };
  const first = await remaining();
  expect(await remaining()).toBe(first - 1);
});

it("a create with a key is not anybody's who claims behind the same address", async () => {
  const caller = freshCaller();
  const account = await newAccount(api, { caller });
  const made = await api.call("POST", "/db/new", { caller, headers: account.bearer, body: { name: "ours" } });
  const { id, token } = z.object({ id: z.uuid(), token: z.uuid() }).parse(made.body);
  const neighbour = await claimIt(api, await api.create({ caller }), { caller });
  expectError(await api.call("GET", `/api/v1/resources/${token}`, { headers: neighbour.bearer }), "not_found");
  const [row] = await query(stack.platformUrl, "SELECT fingerprint, network_hash, attached_provisionally FROM resources WHERE id = $1", [
    id,
  ]);
  expect(row).toEqual({ fingerprint: null, network_hash: null, attached_provisionally: false });
});
