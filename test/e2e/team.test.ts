/** What a team may have, and that nobody else sees any of it or changes it by what he sends. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { z } from "zod";
import { plans } from "../../contract/plans.ts";
import { claimIt, newAccount, newApiKey } from "../support/accounts.ts";
import { expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { documentSchema, operationsOf } from "../support/openapi.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const document = documentSchema.parse((await api.call("GET", "/openapi.json")).body);
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

it("every route that names something owned answers another team as if it did not exist, byte for byte", async () => {
  const [owner, other] = [await newAccount(api, { caller: freshCaller() }), await newAccount(api, { caller: freshCaller() })];
  const { id: keyId } = await newApiKey(api, owner, ["read"]);
  const owned: Record<string, string> = { "{token}": owner.created.token, "{id}": keyId };
  const routes = operationsOf(document).filter(
    ({ path, security }) => security.some((rule) => "bearerAuth" in rule) && /\{\w+\}/.test(path) && !path.startsWith("/auth/cli"),
  );
  expect(routes.length).toBeGreaterThan(4);
  for (const { method, path } of routes) {
    const ask = (ids: Record<string, string>) =>
      api.call(
        method,
        path.replaceAll(/\{\w+\}/g, (name) => ids[name] ?? randomUUID()),
        {
          headers: { ...other.bearer, "X-Request-ID": "the-same" },
          ...(method === "POST" ? { body: { upgrade_jwt: owner.created.upgrade_jwt } } : {}),
        },
      );
    const [theirs, nobodys] = [await ask(owned), await ask({})];
    expect([path, method, theirs.status, theirs.text]).toEqual([path, method, 404, nobodys.text]);
  }
});

it("fields of answers sent back as input change nothing they should not", async () => {
  const [account, other] = [await newAccount(api, { caller: freshCaller() }), await newAccount(api, { caller: freshCaller() })];
  const { team_id, user_id } = z
    .object({ team_id: z.uuid(), user_id: z.uuid() })
    .parse((await api.call("GET", "/auth/me", { headers: other.bearer })).body);
  const stolen = {
    id: other.created.id,
    token: account.created.token,
    team_id,
    user_id,
    tier: "team",
    plan_tier: "team",
    status: "dropped",
    role: "owner",
    expires_at: "2099-01-01T00:00:00Z",
    created_at: "2000-01-01T00:00:00Z",
    attached_provisionally: true,
    provisional: true,
    storage_limit_bytes: -1,
    connections_limit: -1,
    generation: 99,
    fingerprint: "x",
    key_hash: "x",
    key: `ink_${"x".repeat(43)}`,
    revoked: false,
    claimed_tokens: [other.created.token],
  };
  const state = async () =>
    Promise.all([
      api.call("GET", "/api/v1/whoami", { headers: account.bearer }).then(({ body }) => body),
      query(
        stack.platformUrl,
        "SELECT id, team_id, tier, expires_at, attached_provisionally, status FROM resources WHERE id = ANY($1) ORDER BY id",
        [[account.created.id, other.created.id]],
      ),
      query(stack.platformUrl, "SELECT id, tier, name FROM teams WHERE id = $1", [team_id]),
      query(stack.platformUrl, "SELECT count(*)::int AS keys FROM api_keys WHERE team_id = $1", [team_id]),
    ]);
  const before = await state();
  const writes = operationsOf(document).filter(
    ({ method, path }) => method !== "GET" && !/logout|rotate|brevo/.test(path) && method !== "DELETE",
  );
  expect(writes.length).toBeGreaterThan(7);
  for (const { method, path } of writes) {
    const target = path.replaceAll("{token}", account.created.token).replaceAll(/\{\w+\}/g, randomUUID());
    const body = { name: "plain", email: "nobody@example.com", ...stolen };
    const answer = await api.call(method, target, { headers: account.bearer, body });
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(500);
    if (answer.status === 201 && "tier" in z.record(z.string(), z.unknown()).parse(answer.body))
      expect(answer.body).toMatchObject({ tier: "hobby", name: "plain" });
  }
  expect(await state()).toEqual(before);
});
