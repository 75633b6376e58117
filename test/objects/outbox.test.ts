/**
 * Guarantee: a job given to the outbox is done at least once, in spite of failures, and is kept until it is. One that fails too often is
 * dead: it is no longer tried by itself, operators can see it, and it is tried again when it is revived.
 */

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type LimitJob, OUTBOX_SHARDS, type OutboxJob, outboxShardOf, type TryOutcome } from "../../contract/outbox.ts";
import { type JobOutbox, REFUSED_TRIES_MAX, TRIES_MAX } from "../../durable-objects/job-outbox.ts";
import { createTables } from "../../durable-objects/outbox/tables.ts";
import { gateway } from "./gateway.ts";

const namespace = (env as unknown as { JOB_OUTBOX: DurableObjectNamespace<JobOutbox> }).JOB_OUTBOX;
const START = Date.UTC(2026, 10, 23, 12);
const DONE: TryOutcome = { ok: true };
const REFUSED: TryOutcome = { ok: false, code: "unknown_engine", retryable: false };
const AWAY: TryOutcome = { ok: false, code: "unreachable", retryable: true };
const MINUTE_MS = 60_000;
/** More than a test has. */
const ALL = 100;
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
  gateway.onPerform = async () => DONE;
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
  gateway.onPerform = (asked) => (asked.resourceId === bad.resourceId ? Promise.reject(new Error("no")) : Promise.resolve(DONE));
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
      return DONE;
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

/** Lets alarms ring until `times` more tries were made, a minute apart. */
async function tryTimes(object: DurableObjectStub<JobOutbox>, times: number): Promise<void> {
  for (let round = 0; round < times; round += 1) {
    await runDurableObjectAlarm(object);
    vi.setSystemTime(Date.now() + MINUTE_MS);
  }
}

describe("a job that fails too often", () => {
  it.each([
    ["refused for good", REFUSED, REFUSED_TRIES_MAX],
    ["failing in a way that may pass", AWAY, TRIES_MAX],
  ])("%s is dead after its last try, and is not tried any more", async (_how, outcome, triesMax) => {
    const object = outbox();
    gateway.onPerform = async () => outcome;
    await object.enqueue([job()]);
    await tryTimes(object, triesMax - 1);
    expect(await object.state()).toEqual({ due: 1, dead: 0, oldestDueSeconds: ((triesMax - 1) * MINUTE_MS) / 1_000 });
    await tryTimes(object, 3);
    expect(gateway.performed).toHaveLength(triesMax);
    expect(await object.state()).toEqual({ due: 0, dead: 1, oldestDueSeconds: 0 });
  });

  it("gets one more try each time it is revived, counts as dead meanwhile, and is gone once it is done", async () => {
    const object = outbox();
    const given = job();
    gateway.onPerform = async () => REFUSED;
    await object.enqueue([given]);
    await tryTimes(object, REFUSED_TRIES_MAX);
    const letter = { resourceId: given.resourceId, verb: "drop", generation: 2, lastError: "unknown_engine" };
    expect(await object.revive(ALL)).toEqual([{ ...letter, attempts: REFUSED_TRIES_MAX }]);
    expect(await object.revive(ALL), "it is on its way already").toEqual([]);
    expect((await object.state()).dead).toBe(1);
    await tryTimes(object, 3);
    expect(gateway.performed).toHaveLength(REFUSED_TRIES_MAX + 1);
    gateway.onPerform = async () => DONE;
    expect(await object.revive(ALL)).toEqual([{ ...letter, attempts: REFUSED_TRIES_MAX + 1 }]);
    await tryTimes(object, 1);
    expect(await object.state()).toEqual({ due: 0, dead: 0, oldestDueSeconds: 0 });
  });

  it("is revived in turn, the one that waited longest first, when there are more than are taken", async () => {
    const object = outbox();
    const [first, second] = [job(), job()];
    gateway.onPerform = async () => REFUSED;
    await object.enqueue([first]);
    await tryTimes(object, REFUSED_TRIES_MAX);
    await object.enqueue([second]);
    await tryTimes(object, REFUSED_TRIES_MAX);
    const revived = [];
    for (let round = 0; round < 3; round += 1) {
      revived.push(...(await object.revive(1)));
      await tryTimes(object, 1);
    }
    expect(revived.map(({ resourceId }) => resourceId)).toEqual([first, second, first].map(({ resourceId }) => resourceId));
  });

  it("is not tried when it is given again, but a newer generation takes its place and starts afresh", async () => {
    const object = outbox();
    const id = crypto.randomUUID();
    gateway.onPerform = async () => REFUSED;
    await object.enqueue([limit(id, 2)]);
    await tryTimes(object, REFUSED_TRIES_MAX);
    await object.enqueue([limit(id, 2)]);
    await tryTimes(object, 2);
    expect(gateway.performed).toHaveLength(REFUSED_TRIES_MAX);
    await object.enqueue([limit(id, 3)]);
    await tryTimes(object, REFUSED_TRIES_MAX + 2);
    expect(gateway.performed).toHaveLength(2 * REFUSED_TRIES_MAX);
    expect((await object.state()).dead).toBe(1);
  });

  it("is forgotten with the drop of its resource, and holds back no drop", async () => {
    const object = outbox();
    const id = crypto.randomUUID();
    gateway.onPerform = async () => REFUSED;
    await object.enqueue([limit(id, 2)]);
    await tryTimes(object, REFUSED_TRIES_MAX);
    gateway.onPerform = async () => DONE;
    await object.enqueue([job(id, 3)]);
    await tryTimes(object, 1);
    expect(gateway.performed.at(-1)).toEqual(job(id, 3));
    expect(await object.state()).toEqual({ due: 0, dead: 0, oldestDueSeconds: 0 });
  });
});

it("a payload that does not fit its verb ends as a dead job and holds up no other", async () => {
  const object = outbox();
  const good = job();
  await object.enqueue([job(), good]);
  await runInDurableObject(object, (_instance, { storage }) => {
    storage.sql.exec("UPDATE outbox SET payload = '{}' WHERE target <> ?", good.resourceId);
  });
  await tryTimes(object, REFUSED_TRIES_MAX);
  expect(gateway.performed).toEqual([good]);
  expect((await object.revive(ALL)).map(({ lastError }) => lastError)).toEqual(["malformed_payload"]);
});

it("an object that holds the two tables of earlier versions takes their jobs over, once", async () => {
  const object = outbox();
  const [dropped, limited] = [job(), limit(crypto.randomUUID(), 4)];
  await runInDurableObject(object, (_instance, { storage: { sql } }) => {
    const columns =
      "resource_id TEXT NOT NULL, generation INTEGER NOT NULL, kind TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL";
    sql.exec(`CREATE TABLE jobs (${columns}, verb TEXT NOT NULL, PRIMARY KEY (resource_id, generation, verb));
      CREATE TABLE limit_jobs (${columns}, limits TEXT NOT NULL, access TEXT NOT NULL, PRIMARY KEY (resource_id))`);
    const dropRow = "INSERT INTO jobs (resource_id, generation, verb, kind, due_at) VALUES (?, ?, 'drop', 'postgres', ?)";
    sql.exec(dropRow, dropped.resourceId, 1, START);
    sql.exec(dropRow, dropped.resourceId, dropped.generation, START);
    const { resourceId, generation, limits, access } = limited;
    const limitRow = "INSERT INTO limit_jobs (resource_id, generation, kind, limits, access, due_at) VALUES (?, ?, 'postgres', ?, ?, ?)";
    sql.exec(limitRow, resourceId, generation, JSON.stringify(limits), access, START + 1);
    createTables(sql);
    createTables(sql);
    expect(sql.exec("SELECT name FROM sqlite_master WHERE name IN ('jobs', 'limit_jobs')").toArray()).toEqual([]);
  });
  await object.enqueue([dropped]);
  vi.setSystemTime(START + 10);
  await runDurableObjectAlarm(object);
  expect(gateway.performed).toEqual([dropped, limited]);
  expect(await object.state()).toEqual({ due: 0, dead: 0, oldestDueSeconds: 0 });
});

it("spreads resources over all shards, each always to the same", () => {
  const names = new Set(Array.from({ length: 200 }, () => outboxShardOf(crypto.randomUUID())));
  expect(names).toEqual(new Set(OUTBOX_SHARDS));
  const id = crypto.randomUUID();
  expect(outboxShardOf(id)).toBe(outboxShardOf(id));
});
