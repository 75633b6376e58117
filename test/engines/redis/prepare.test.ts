/** A server gets tenants only when it can keep them apart; what is wrong with it is said, and looked for again and again. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { startTestBridge } from "../../support/bridge.ts";
import { startTestRedis, type TestRedis } from "../../support/redis.ts";
import { makeTenant } from "../suite/subject.ts";
import { LIMITS, useRedis } from "./subject.ts";

const bench = useRedis();
const extra: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of extra.splice(0).reverse()) await end();
});

async function bridgeOn(redis: TestRedis) {
  const t = await startTestBridge({ like: bench.t, env: redis.env() });
  extra.push(() => t.close());
  return t;
}

async function server(...settings: string[]): Promise<TestRedis> {
  const redis = await startTestRedis({ settings });
  extra.push(() => redis.dispose());
  return redis;
}

test.each([
  ["a second database", "databases 2", "databases must be 1"],
  ["no bound on memory", "maxmemory 0", "maxmemory must be set"],
  ["a policy that evicts", "maxmemory-policy allkeys-lru", "noeviction"],
  ["no bound on clients' memory", "maxmemory-clients 0", "maxmemory-clients"],
  ["no bound on an answer", "client-output-buffer-limit normal 0 0 0", "hard limit"],
  ["values as large as one likes", "proto-max-bulk-len 512mb", "proto-max-bulk-len"],
  ["another user without a password", "user guest on nopass ~* &* +@all", "without a password"],
  ["the mode of a cluster", "cluster-enabled yes", "no cluster"],
])("a server with %s is not fit: it says why and takes nobody", async (_, setting, reason) => {
  const t = await bridgeOn(await server(setting));
  const answer = await t.run(bench.jobs.createJob(randomUUID(), 1, LIMITS));
  expect([answer.status, answer.body.error]).toEqual([503, "engine_unavailable"]);
  expect(t.logs.some((line) => line.includes("is not fit") && line.includes(reason))).toBe(true);
  expect((await t.registry.query("SELECT 1 FROM tenants WHERE state <> 'dropped'")).rowCount).toBe(0);
});

test("a server that lets anybody in is not fit until it does not", async () => {
  const redis = await server();
  await redis.admin("ACL", "SETUSER", "default", "on", "nopass");
  const t = await bridgeOn(redis);
  const create = () => t.run(bench.jobs.createJob(randomUUID(), 1, LIMITS));
  expect((await create()).body.error).toBe("engine_unavailable");
  await redis.admin("ACL", "SETUSER", "default", "off");
  expect((await create()).status).toBe(200);
});

test("a server that becomes unfit while the bridge runs is found by the next pass, and fit again by the one after", async () => {
  await makeTenant(bench).then(({ id }) => bench.t.run(bench.jobs.dropJob(id)));
  await bench.server.redis.admin("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
  await bench.t.bridge.reconcileOnce();
  const refused = await bench.t.run(bench.jobs.createJob(randomUUID(), 1, LIMITS));
  expect(refused.body.error).toBe("engine_unavailable");
  await bench.server.redis.admin("CONFIG", "SET", "maxmemory-policy", "noeviction");
  await makeTenant(bench).then(({ id }) => bench.t.run(bench.jobs.dropJob(id)));
});

test("an administrator who is none is a server that does not answer", async () => {
  const url = new URL(bench.server.redis.url);
  url.password = "wrong";
  const t = await startTestBridge({ like: bench.t, env: bench.server.redis.env({ admin_url: url.href }) });
  extra.push(() => t.close());
  expect((await t.run(bench.jobs.createJob(randomUUID(), 1, LIMITS))).body.error).toBe("engine_unavailable");
});
