/** Guarantee: a job given to the outbox is done at least once, in spite of failures, and is kept until it is. */

import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { OUTBOX_SHARDS, type OutboxJob, outboxShardOf } from "../../contract/admission.ts";
import type { JobOutbox } from "../../durable-objects/job-outbox.ts";
import { gateway } from "./gateway.ts";

const namespace = (env as unknown as { JOB_OUTBOX: DurableObjectNamespace<JobOutbox> }).JOB_OUTBOX;
const START = Date.UTC(2026, 10, 23, 12);
let shards = 0;

function outbox() {
  shards += 1;
  return namespace.getByName(`outbox-test-${shards}`);
}

function job(): OutboxJob {
  return { resourceId: crypto.randomUUID(), kind: "postgres", generation: 2, verb: "drop" };
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
  const jobs = Array.from({ length: 60 }, job);
  await object.enqueue(jobs);
  for (let alarm = 0; alarm < 3; alarm += 1) await runDurableObjectAlarm(object);
  expect(new Set(gateway.performed.map(({ resourceId }) => resourceId)).size).toBe(60);
});

it("spreads resources over all shards, each always to the same", () => {
  const names = new Set(Array.from({ length: 200 }, () => outboxShardOf(crypto.randomUUID())));
  expect(names.size).toBe(OUTBOX_SHARDS);
  const id = crypto.randomUUID();
  expect(outboxShardOf(id)).toBe(outboxShardOf(id));
});
