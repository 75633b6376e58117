/** Guarantee: an admitted create takes one slot, one key makes one resource, and what nobody finishes is abandoned. */

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type Admission,
  type AdmitRequest,
  DUPLICATE_WAIT_MS,
  LEASE,
  LEASE_MS,
  REPLAY_LIFETIME_MS,
  RESUME_WINDOW_MS,
} from "../../contract/admission.ts";
import type { Fingerprint } from "../../durable-objects/fingerprint.ts";
import { gateway } from "./gateway.ts";

const namespace = (env as unknown as { FINGERPRINT: DurableObjectNamespace<Fingerprint> }).FINGERPRINT;
const NOON = Date.UTC(2026, 10, 23, 12);
const ANSWER = { status: 201, sealedBody: "sealed" };
let scopes = 0;

function caller() {
  scopes += 1;
  return namespace.getByName(`caller-${scopes}`);
}

function request(changes: Partial<AdmitRequest> = {}): AdmitRequest {
  return {
    route: "POST /db/new",
    kind: "postgres",
    resourceId: crypto.randomUUID(),
    ratePerMinute: 100,
    dailyCap: 10,
    live: null,
    lease: LEASE,
    idempotency: null,
    ...changes,
  };
}

const keyed = (bodyHash = "body", keyHash = "key") => ({ idempotency: { keyHash, bodyHash } });

function proceeding(admission: Admission) {
  if (admission.outcome !== "proceed") throw new Error(`not admitted: ${admission.outcome}`);
  return admission;
}

beforeEach(() => {
  gateway.reset();
  // Only the date is faked: timers of the runtime stay real.
  vi.useFakeTimers({ toFake: ["Date"], now: NOON });
});
afterEach(() => vi.useRealTimers());

describe("the daily cap", () => {
  it("admits n-1 and n creates, refuses n+1, and starts anew at midnight UTC", async () => {
    const object = caller();
    const remaining: number[] = [];
    for (let i = 0; i < 10; i += 1) remaining.push(proceeding(await object.admit(request())).daily?.remaining ?? -1);
    expect(remaining).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    const refused = await object.admit(request());
    expect(refused).toMatchObject({ outcome: "daily_cap", daily: { limit: 10, remaining: 0, resetsInSeconds: 12 * 3600 } });
    vi.setSystemTime(Date.UTC(2026, 10, 24));
    expect(proceeding(await object.admit(request())).daily?.remaining).toBe(9);
  });

  it("is shared by callers at the same moment: 30 parallel creates take exactly 10 slots", async () => {
    const object = caller();
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => object.admit(request())));
    expect(outcomes.filter(({ outcome }) => outcome === "proceed")).toHaveLength(10);
    expect(outcomes.filter(({ outcome }) => outcome === "daily_cap")).toHaveLength(20);
  });

  it("gives the slot of a failed create back, once", async () => {
    const object = caller();
    const { resourceId, attempt } = proceeding(await object.admit(request()));
    await object.fail(resourceId, attempt, { error: "provision_failed", jobSent: true }, RESUME_WINDOW_MS);
    await object.fail(resourceId, attempt, { error: "provision_failed", jobSent: true }, RESUME_WINDOW_MS);
    expect(proceeding(await object.admit(request())).daily?.remaining).toBe(9);
  });

  it("does not bind a caller without a cap", async () => {
    const object = caller();
    for (let i = 0; i < 12; i += 1) proceeding(await object.admit(request({ dailyCap: null, ratePerMinute: null })));
  });
});

describe("the rate limit", () => {
  it("lets n requests of a minute pass and refuses n+1, also when they are counted by `count`", async () => {
    const object = caller();
    for (let i = 0; i < 4; i += 1) expect((await object.count(5)).allowed).toBe(true);
    expect(await object.admit(request({ ratePerMinute: 5 }))).toMatchObject({ outcome: "proceed", rate: { limit: 5, remaining: 0 } });
    expect(await object.admit(request({ ratePerMinute: 5 }))).toMatchObject({
      outcome: "rate_limited",
      rate: { remaining: 0, resetsInSeconds: 60 },
    });
    vi.setSystemTime(NOON + 59_999);
    expect((await object.count(5)).allowed).toBe(false);
    vi.setSystemTime(NOON + 60_000);
    expect(await object.count(5)).toMatchObject({ allowed: true, remaining: 4 });
  });
});

describe("idempotency keys", () => {
  it("replays a finished answer for 24 hours, takes no slot for it, and then makes anew", async () => {
    const object = caller();
    const first = proceeding(await object.admit(request(keyed())));
    await object.finish(first.resourceId, ANSWER);
    vi.setSystemTime(NOON + REPLAY_LIFETIME_MS - 1);
    expect(await object.admit(request(keyed()))).toMatchObject({ outcome: "replay", answer: ANSWER });
    vi.setSystemTime(NOON + REPLAY_LIFETIME_MS);
    expect(proceeding(await object.admit(request(keyed()))).resourceId).not.toBe(first.resourceId);
  });

  it("refuses another body under the same key, and keeps keys of routes apart", async () => {
    const object = caller();
    const first = proceeding(await object.admit(request(keyed())));
    await object.finish(first.resourceId, ANSWER);
    expect(await object.admit(request(keyed("other body")))).toMatchObject({ outcome: "key_conflict" });
    expect(await object.admit(request({ ...keyed("other body"), route: "POST /cache/new" }))).toMatchObject({ outcome: "proceed" });
  });

  it("lets duplicates of a running request wait for its answer", async () => {
    const object = caller();
    const first = proceeding(await object.admit(request(keyed())));
    const duplicates = Array.from({ length: 20 }, () => object.admit(request(keyed())));
    await object.finish(first.resourceId, ANSWER);
    for (const duplicate of await Promise.all(duplicates)) expect(duplicate).toMatchObject({ outcome: "replay", answer: ANSWER });
  });

  it("lets duplicates fail with the running request, and the next one resume its resource", async () => {
    const object = caller();
    const first = proceeding(await object.admit(request(keyed())));
    const duplicate = object.admit(request(keyed()));
    // Let the duplicate reach the object before the failure does.
    await object.count(100);
    await object.fail(first.resourceId, first.attempt, { error: "provision_failed", jobSent: true }, RESUME_WINDOW_MS);
    expect(await duplicate).toMatchObject({ outcome: "failed", error: "provision_failed" });
    expect(proceeding(await object.admit(request(keyed())))).toMatchObject({
      resourceId: first.resourceId,
      resumed: true,
      daily: { remaining: 9 },
    });
  });

  it(`tells a duplicate after ${DUPLICATE_WAIT_MS} ms that the first one still runs`, async () => {
    const object = caller();
    proceeding(await object.admit(request(keyed())));
    // Real time: the object's own timer must end the wait.
    expect(await object.admit(request(keyed()))).toMatchObject({ outcome: "key_in_progress" });
  });

  it("resumes the same resource after the lease of a crashed attempt, without a second slot", async () => {
    const object = caller();
    const first = proceeding(await object.admit(request(keyed())));
    vi.setSystemTime(NOON + LEASE_MS);
    const second = proceeding(await object.admit(request(keyed())));
    expect(second).toMatchObject({ resourceId: first.resourceId, resumed: true, attempt: first.attempt + 1, daily: { remaining: 9 } });
    // The first attempt's late failure no longer counts.
    await object.fail(first.resourceId, first.attempt, { error: "provision_failed", jobSent: true }, RESUME_WINDOW_MS);
    await object.finish(second.resourceId, ANSWER);
    expect(await object.admit(request(keyed()))).toMatchObject({ outcome: "replay", answer: ANSWER });
  });

  it("forgets the stored answer of a resource that went away", async () => {
    const object = caller();
    const first = proceeding(await object.admit(request(keyed())));
    await object.finish(first.resourceId, ANSWER);
    await object.forget(first.resourceId);
    expect(proceeding(await object.admit(request(keyed()))).resourceId).not.toBe(first.resourceId);
  });

  it("leaves nothing to abandon when a create failed before any job was sent", async () => {
    const object = caller();
    const first = proceeding(await object.admit(request(keyed())));
    await object.fail(first.resourceId, first.attempt, { error: "network_limit_reached", jobSent: false }, RESUME_WINDOW_MS);
    await runDurableObjectAlarm(object);
    expect(gateway.abandoned).toEqual([]);
    expect(proceeding(await object.admit(request(keyed()))).resumed).toBe(false);
  });
});

describe("intents", () => {
  it("abandons a create nobody finished once its lease is over, and gives the slot back", async () => {
    const object = caller();
    const { resourceId } = proceeding(await object.admit(request()));
    vi.setSystemTime(NOON + LEASE_MS - 1);
    await runDurableObjectAlarm(object);
    expect(gateway.abandoned).toEqual([]);
    vi.setSystemTime(NOON + LEASE_MS);
    await runDurableObjectAlarm(object);
    expect([gateway.abandoned, gateway.refused]).toEqual([[resourceId], []]);
    expect(proceeding(await object.admit(request())).daily?.remaining).toBe(9);
  });

  it("lasts as long as the Worker's configuration says", async () => {
    const object = caller();
    const lease = { holdMs: 20_000, resumeMs: 5_000 };
    const [keyless, withKey] = [
      proceeding(await object.admit(request({ lease }))),
      proceeding(await object.admit(request({ ...keyed(), lease }))),
    ];
    vi.setSystemTime(NOON + lease.holdMs);
    await runDurableObjectAlarm(object);
    expect(gateway.abandoned).toEqual([keyless.resourceId]);
    expect(proceeding(await object.admit(request({ ...keyed(), lease })))).toMatchObject({ resourceId: withKey.resourceId, resumed: true });
    vi.setSystemTime(NOON + 2 * lease.holdMs + lease.resumeMs);
    await runDurableObjectAlarm(object);
    expect(gateway.abandoned).toEqual([keyless.resourceId, withKey.resourceId]);
  });

  it("keeps a create whose row was written in time: its slot is used, and its key leads to it though its answer was lost", async () => {
    const object = caller();
    const first = proceeding(await object.admit(request(keyed())));
    gateway.onAbandon = async () => "complete";
    vi.setSystemTime(NOON + LEASE_MS + RESUME_WINDOW_MS);
    await runDurableObjectAlarm(object);
    const again = proceeding(await object.admit(request(keyed())));
    expect(again).toMatchObject({ resourceId: first.resourceId, resumed: true, daily: { remaining: 9 } });
    await object.finish(again.resourceId, ANSWER);
    expect(await object.admit(request(keyed()))).toMatchObject({ outcome: "replay", answer: ANSWER });
  });

  it("says of a failed create that its caller was told so, unless a later attempt has begun", async () => {
    const object = caller();
    const failed = proceeding(await object.admit(request()));
    await object.fail(failed.resourceId, failed.attempt, { error: "provision_failed", jobSent: true }, RESUME_WINDOW_MS);
    const retried = proceeding(await object.admit(request(keyed())));
    await object.fail(retried.resourceId, retried.attempt, { error: "provision_failed", jobSent: true }, RESUME_WINDOW_MS);
    proceeding(await object.admit(request(keyed())));
    vi.setSystemTime(NOON + LEASE_MS + RESUME_WINDOW_MS);
    await runDurableObjectAlarm(object);
    expect(new Set(gateway.abandoned)).toEqual(new Set([failed.resourceId, retried.resourceId]));
    expect(gateway.refused).toEqual([failed.resourceId]);
  });

  it("does not say so when a later attempt fails: the first may have written the row and answered it", async () => {
    const object = caller();
    const first = proceeding(await object.admit(request(keyed())));
    vi.setSystemTime(NOON + LEASE_MS);
    const second = proceeding(await object.admit(request(keyed())));
    await object.fail(second.resourceId, second.attempt, { error: "provision_failed", jobSent: true }, RESUME_WINDOW_MS);
    vi.setSystemTime(NOON + 2 * LEASE_MS + RESUME_WINDOW_MS);
    await runDurableObjectAlarm(object);
    expect([gateway.abandoned, gateway.refused]).toEqual([[first.resourceId], []]);
  });

  it("keeps a create with a key resumable for a while longer, then begins a new resource under the key", async () => {
    const object = caller();
    const first = proceeding(await object.admit(request(keyed())));
    vi.setSystemTime(NOON + LEASE_MS + RESUME_WINDOW_MS);
    await runDurableObjectAlarm(object);
    expect(gateway.abandoned).toEqual([first.resourceId]);
    const second = proceeding(await object.admit(request(keyed())));
    expect(second.resourceId).not.toBe(first.resourceId);
    expect(second.resumed).toBe(false);
  });

  it("never abandons a finished create", async () => {
    const object = caller();
    const { resourceId } = proceeding(await object.admit(request()));
    await object.finish(resourceId, null);
    vi.setSystemTime(NOON + LEASE_MS);
    await runDurableObjectAlarm(object);
    expect(gateway.abandoned).toEqual([]);
  });

  it("tries again until the platform took the abandonment, and lets no retry resume it meanwhile", async () => {
    const object = caller();
    const first = proceeding(await object.admit(request(keyed())));
    gateway.onAbandon = () => Promise.reject(new Error("platform database down"));
    vi.setSystemTime(NOON + LEASE_MS + RESUME_WINDOW_MS);
    await runDurableObjectAlarm(object);
    const waiting = object.admit(request(keyed()));
    gateway.onAbandon = async () => "abandoned";
    vi.setSystemTime(NOON + LEASE_MS + RESUME_WINDOW_MS + 60_000);
    await runDurableObjectAlarm(object);
    expect(new Set(gateway.abandoned)).toEqual(new Set([first.resourceId]));
    expect(proceeding(await waiting).resourceId).not.toBe(first.resourceId);
  });
});

describe("storage", () => {
  it("is empty again once nothing has to be remembered", async () => {
    const object = caller();
    const { resourceId } = proceeding(await object.admit(request(keyed())));
    await object.finish(resourceId, ANSWER);
    vi.setSystemTime(NOON + 3 * 86_400_000);
    await runDurableObjectAlarm(object);
    const tables = await runInDurableObject(object, (_, state) =>
      state.storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
    expect(proceeding(await object.admit(request())).daily?.remaining).toBe(9);
  });
});
