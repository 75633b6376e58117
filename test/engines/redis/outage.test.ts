/** Redis stopped, frozen or killed: jobs are refused quickly, nothing is lost or left, and the bridge needs no restart. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { readinessSchema } from "../../../contract/readiness.ts";
import { grantOf } from "../../support/bridge.ts";
import { canUse } from "../../support/redis.ts";
import { expectCleanSlate, makeTenant } from "../suite/subject.ts";
import { LIMITS, useRedis } from "./subject.ts";

const bench = useRedis();
const QUICK_MS = 4_500;
const WITHIN = { timeout: 10_000, interval: 50 };

afterEach(async () => {
  const { rows } = await bench.t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
  for (const { resource_id } of rows) await bench.t.run(bench.jobs.dropJob(resource_id, 99));
  await expectCleanSlate(bench);
});

const create = (id: string = randomUUID()) => bench.t.run(bench.jobs.createJob(id, 1, LIMITS));

async function readyz() {
  // Past the cache.
  bench.t.clock.advance(60_000);
  const response = await fetch(`${bench.t.url}/readyz`);
  return { status: response.status, ...readinessSchema.parse(await response.json()) };
}

test.each([
  ["stopped", "stop", (redis: typeof bench.server.redis) => redis.restart()],
  ["killed", "crash", (redis: typeof bench.server.redis) => redis.restart()],
  ["frozen", "freeze", (redis: typeof bench.server.redis) => redis.halt("thaw")],
] as const)("%s: creates and drops are refused quickly, readyz degrades, then all goes on", async (_, how, mend) => {
  const { redis } = bench.server;
  const { id } = await makeTenant(bench);
  await redis.halt(how);
  const begun = performance.now();
  const answers = await Promise.all([create(), bench.t.run(bench.jobs.dropJob(id))]);
  expect(answers.map(({ status, body }) => [status, body.error])).toEqual(Array(2).fill([503, "engine_unavailable"]));
  expect(performance.now() - begun).toBeLessThan(QUICK_MS);
  const down = { redis_provision: { status: "down" }, platform_db: { status: "ok" } };
  expect(await readyz()).toMatchObject({ status: 200, overall: "degraded", checks: down });

  await mend(redis);
  await vi.waitFor(async () => expect(await readyz()).toMatchObject({ status: 200, overall: "ok" }), WITHIN);
  expect((await create()).status).toBe(200);
  expect((await bench.t.run(bench.jobs.dropJob(id))).status).toBe(200);
});

test("kill -9 in the middle of creates: each is finished by its retry or removed by its drop", async () => {
  const ids = Array.from({ length: 12 }, () => randomUUID());
  const answers = ids.map((id) => create(id));
  await Promise.race(answers);
  await bench.server.redis.halt("crash");
  const before = await Promise.all(answers);
  await bench.server.redis.restart();
  await vi.waitFor(async () => {
    for (const answer of before) if (answer.status === 200) expect(await canUse(grantOf(answer).connection_url)).toBe("ok");
  }, WITHIN);
  for (const [index, answer] of before.entries()) {
    if (answer.status === 200 || index % 2 === 1) continue;
    expect(await canUse(grantOf(await create(ids[index])).connection_url)).toBe("ok");
  }
  const drops = await Promise.all(ids.map((id) => bench.t.run(bench.jobs.dropJob(id))));
  expect(drops.map(({ status }) => status)).toEqual(ids.map(() => 200));
});
