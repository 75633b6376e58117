/** NATS stopped or killed: jobs are refused quickly, nothing is lost or left, and the bridge needs no restart. */
import { randomUUID } from "node:crypto";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterEach, expect, test } from "vitest";
import { readinessSchema } from "../../../contract/readiness.ts";
import { grantOf } from "../../support/bridge.ts";
import { openQueue, queueOf, useQueue, withQueue } from "../../support/nats-client.ts";
import { expectCleanSlate, makeTenant, useEngine } from "../suite/subject.ts";
import { natsSubject, QUEUE_LIMITS } from "./subject.ts";

const bench = useEngine(natsSubject());
const QUICK_MS = 5_000;

afterEach(async () => {
  const { rows } = await bench.t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
  for (const { resource_id } of rows) await bench.t.run(bench.jobs.dropJob(resource_id, 99));
  await expectCleanSlate(bench);
});

async function readyz() {
  // Past the cache.
  bench.t.clock.advance(60_000);
  const response = await fetch(`${bench.t.url}/readyz`);
  return { status: response.status, ...readinessSchema.parse(await response.json()) };
}

test.each(["stop", "crash"] as const)(
  "after a %s every job is refused quickly, readyz degrades, and all goes on when it is back",
  async (how) => {
    const { id, grant } = await makeTenant(bench);
    expect(await useQueue(queueOf(grant))).toBe("ok");
    await bench.server.halt(how);
    const { createJob, dropJob } = bench.jobs;
    const begun = performance.now();
    const answers = await Promise.all([createJob(randomUUID(), 1, QUEUE_LIMITS), dropJob(id)].map((job) => bench.t.run(job)));
    expect(answers.map(({ status, body }) => [status, body.error])).toEqual(answers.map(() => [503, "engine_unavailable"]));
    expect(performance.now() - begun).toBeLessThan(QUICK_MS);
    expect(await readyz()).toMatchObject({
      status: 200,
      overall: "degraded",
      checks: { nats: { status: "down" }, platform_db: { status: "ok" } },
    });

    await bench.server.restart();
    expect(await readyz()).toMatchObject({ status: 200, overall: "ok" });
    expect((await bench.t.run(dropJob(id))).status).toBe(200);
  },
);

test.each(["stop", "crash"] as const)("after a %s queues have their credentials, streams and messages again", async (how) => {
  const { id, grant } = await makeTenant(bench);
  const queue = queueOf(grant);
  expect(await useQueue(queue)).toBe("ok");
  await bench.server.halt(how);
  await bench.server.restart();
  await withQueue(queue, async (connection) => {
    expect((await (await jetstreamManager(connection)).streams.info("JOBS")).state.messages).toBe(1);
  });
  expect((await bench.t.run(bench.jobs.limitJob(id, 2, { ...QUEUE_LIMITS, connections: 5 }))).status).toBe(200);
  expect(await useQueue(queueOf(grantOf(await bench.t.run(bench.jobs.rotateJob(id, 3, 1)))))).toBe("ok");
});

test("a client that was connected comes back by itself", async () => {
  const { grant } = await makeTenant(bench);
  const connection = await openQueue(queueOf(grant), { reconnect: true, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
  await bench.server.halt("crash");
  await bench.server.restart();
  await expect.poll(() => connection.rtt().then(() => "ok", String), { timeout: 10_000 }).toBe("ok");
  await connection.close();
});

test("kill -9 of NATS in the middle of creates: each is finished by its retry or removed by its drop", async () => {
  const ids = Array.from({ length: 12 }, () => randomUUID());
  const answers = ids.map((id) => bench.t.run(bench.jobs.createJob(id, 1, QUEUE_LIMITS)));
  await Promise.race(answers);
  await bench.server.halt("crash");
  const before = await Promise.all(answers);
  await bench.server.restart();
  for (const [index, answer] of before.entries()) {
    const id = ids[index] ?? "";
    if (answer.status === 200) expect(await useQueue(queueOf(grantOf(answer)))).toBe("ok");
    else if (index % 2 === 0)
      expect(await useQueue(queueOf(grantOf(await bench.t.run(bench.jobs.createJob(id, 1, QUEUE_LIMITS)))))).toBe("ok");
  }
  const drops = await Promise.all(ids.map((id) => bench.t.run(bench.jobs.dropJob(id))));
  expect(drops.map(({ status }) => status)).toEqual(ids.map(() => 200));
});

test("a server that hangs is given up on in time", async () => {
  const { id } = await makeTenant(bench);
  bench.server.signal("SIGSTOP");
  try {
    const begun = performance.now();
    const answer = await bench.t.run(bench.jobs.limitJob(id, 2, QUEUE_LIMITS));
    expect([answer.status, answer.body.error]).toEqual([503, "engine_unavailable"]);
    expect(performance.now() - begun).toBeLessThan(30_000);
  } finally {
    bench.server.signal("SIGCONT");
  }
  await expect.poll(async () => (await bench.t.run(bench.jobs.limitJob(id, 2, QUEUE_LIMITS))).status, { timeout: 20_000 }).toBe(200);
});
