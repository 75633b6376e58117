/** Guarantee: a job given to the outbox is done at least once, in spite of failures, and is kept until it is. */

import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type LimitJob, OUTBOX_SHARDS, type OutboxJob, outboxShardOf } from "../../contract/admission.ts";
import type { JobOutbox } from "../../durable-objects/job-outbox.ts";
import { gateway } from "./gateway.ts";

const namespace = (env as unknown as { JOB_OUTBOX: DurableObjectNamespace<JobOutbox> }).JOB_OUTBOX;
const START = Date.UTC(2026, 10, 23, 12);
let shards = 0;

function outbox() {
  shards += 1;
  return namespace.getByName(`outbox-test-${shards}`);
}

function job(resourceId: string = crypto.randomUUID(), generation = 2): OutboxJob {
  return { resourceId, kind: "postgres", generation, verb: "drop" };
}

function limit(resourceId: string, generation: number, access: LimitJob["access"] = "read_only"): LimitJob {
  return { resourceId, kind: "postgres", generation, verb: "limit", limits: { connections: 2, storage_mb: 10 }, access };
}

beforeEach(() => {
  gateway.reset();
  vi.useFakeTimers({ toFake: ["Date"], now: START });
});
afterEach(() => vi.useRealTimers());

it("does each job once and then no more, however often it was given", async () => {
  const object = outbox();
  const given = job();
  await object.enqueue([given, given]);
  await object.enqueue([given]);
  await runDurableObjectAlarm(object);
  await runDurableObjectAlarm(object);
  expect(gateway.performed).toEqual([given]);
});

it("tries a failed job again, later, until it is done", async () => {
  const object = outbox();
  gateway.onPerform = () => Promise.reject(new Error("bridge down"));
  await object.enqueue([job()]);
  await runDurableObjectAlarm(object);
  expect(gateway.performed).toHaveLength(1);
  vi.setSystemTime(START + 500);
  await runDurableObjectAlarm(object);
  expect(gateway.performed, "no second try before the backoff is over").toHaveLength(1);
  gateway.onPerform = async () => undefined;
  vi.setSystemTime(START + 60_000);
  await runDurableObjectAlarm(object);
  expect(gateway.performed).toHaveLength(2);
  vi.setSystemTime(START + 600_000);
  await runDurableObjectAlarm(object);
  expect(gateway.performed).toHaveLength(2);
});

it("is not held up by one job that always fails", async () => {
  const object = outbox();
  const [bad, good] = [job(), job()];
  gateway.onPerform = (asked) => (asked.resourceId === bad.resourceId ? Promise.reject(new Error("no")) : Promise.resolve());
  await object.enqueue([bad, good]);
  await runDurableObjectAlarm(object);
  expect(gateway.performed.map(({ resourceId }) => resourceId)).toEqual(expect.arrayContaining([bad.resourceId, good.resourceId]));
});

it("works through more jobs than one alarm takes", async () => {
  const object = outbox();
  const jobs = Array.from({ length: 60 }, () => job());
  await object.enqueue(jobs);
  for (let alarm = 0; alarm < 3; alarm += 1) await runDurableObjectAlarm(object);
  expect(new Set(gateway.performed.map(({ resourceId }) => resourceId)).size).toBe(60);
});

describe("limit jobs of one resource", () => {
  it("arrive with their limits and their access", async () => {
    const object = outbox();
    const given = limit(crypto.randomUUID(), 2);
    await object.enqueue([given, given]);
    await runDurableObjectAlarm(object);
    await runDurableObjectAlarm(object);
    expect(gateway.performed).toEqual([given]);
  });

  it("are one: only the newest is done, in whatever order they were given", async () => {
    const object = outbox();
    const [up, down] = [crypto.randomUUID(), crypto.randomUUID()];
    await object.enqueue([limit(up, 2), limit(up, 3, "none")]);
    await object.enqueue([limit(down, 3, "none"), limit(down, 2)]);
    await runDurableObjectAlarm(object);
    expect(gateway.performed).toEqual([limit(up, 3, "none"), limit(down, 3, "none")]);
  });

  it("give way to its drop, whichever came first", async () => {
    const object = outbox();
    const [before, after] = [crypto.randomUUID(), crypto.randomUUID()];
    await object.enqueue([limit(before, 2), job(before, 3)]);
    await object.enqueue([job(after, 3)]);
    await object.enqueue([limit(after, 4)]);
    await runDurableObjectAlarm(object);
    expect(gateway.performed).toEqual([job(before, 3), job(after, 3)]);
  });

  it("that replace a running one are done after it, and its failure does not hold them back", async () => {
    const object = outbox();
    const id = crypto.randomUUID();
    // A promise of one request cannot end another's wait in workerd: the gateway looks at a flag instead.
    let replaced = false;
    gateway.onPerform = async (asked) => {
      while (!replaced) await scheduler.wait(1);
      if (asked.generation === 2) throw new Error("bridge down");
    };
    await object.enqueue([limit(id, 2)]);
    const alarm = runDurableObjectAlarm(object);
    await vi.waitFor(() => expect(gateway.performed).toHaveLength(1));
    await object.enqueue([limit(id, 3, "full")]);
    replaced = true;
    await alarm;
    await runDurableObjectAlarm(object);
    expect(gateway.performed).toEqual([limit(id, 2), limit(id, 3, "full")]);
  });

  it("do not hold up other resources' drops", async () => {
    const object = outbox();
    const drops = Array.from({ length: 5 }, () => job());
    await object.enqueue([...Array.from({ length: 5 }, () => limit(crypto.randomUUID(), 2)), ...drops]);
    await runDurableObjectAlarm(object);
    expect(gateway.performed).toEqual(expect.arrayContaining(drops));
  });
});

it("spreads resources over all shards, each always to the same", () => {
  const names = new Set(Array.from({ length: 200 }, () => outboxShardOf(crypto.randomUUID())));
  expect(names.size).toBe(OUTBOX_SHARDS);
  const id = crypto.randomUUID();
  expect(outboxShardOf(id)).toBe(outboxShardOf(id));
});
