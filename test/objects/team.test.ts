/** Guarantee: a team's living resources never pass its tier's caps, and a slot is free again exactly when its resource is not there. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type AdmitRequest, LEASE, LEASE_MS, RESUME_WINDOW_MS } from "../../contract/admission.ts";
import type { Team } from "../../durable-objects/team.ts";
import { gateway } from "./gateway.ts";

const namespace = (env as unknown as { TEAM: DurableObjectNamespace<Team> }).TEAM;
const NOON = Date.UTC(2026, 10, 23, 12);
let teams = 0;

function team() {
  teams += 1;
  return namespace.getByName(`team:${teams}`);
}

function request(changes: Partial<AdmitRequest> = {}): AdmitRequest {
  return {
    route: "POST /db/new",
    kind: "postgres",
    resourceId: crypto.randomUUID(),
    ratePerMinute: null,
    dailyCap: null,
    live: { cap: 3, kindCap: null },
    lease: LEASE,
    idempotency: null,
    ...changes,
  };
}

const outcomeOf = async (object: ReturnType<typeof team>, changes: Partial<AdmitRequest> = {}) =>
  (await object.admit(request(changes))).outcome;

/** A create to its end. */
async function make(object: ReturnType<typeof team>, changes: Partial<AdmitRequest> = {}): Promise<string> {
  const admission = await object.admit(request(changes));
  if (admission.outcome !== "proceed") throw new Error(`not admitted: ${admission.outcome}`);
  await object.finish(admission.resourceId, null);
  return admission.resourceId;
}

beforeEach(() => {
  gateway.reset();
  vi.useFakeTimers({ toFake: ["Date"], now: NOON });
});
afterEach(() => vi.useRealTimers());

describe("the cap of living resources", () => {
  it("admits n-1 and n, refuses n+1 and says how many there are, also while the creates still run", async () => {
    const object = team();
    await make(object);
    expect(await outcomeOf(object)).toBe("proceed");
    expect(await outcomeOf(object)).toBe("proceed");
    expect(await object.admit(request())).toMatchObject({ outcome: "live_cap", cap: 3, ofKind: false });
  });

  it("holds for creates at the same moment", async () => {
    const object = team();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => outcomeOf(object)));
    expect(outcomes.filter((outcome) => outcome === "proceed")).toHaveLength(3);
  });

  it("gives the slot back to a create that failed, and to a resource that is gone, once", async () => {
    const object = team();
    const [first] = [await make(object), await make(object)];
    const third = await object.admit(request());
    if (third.outcome !== "proceed") throw new Error("not admitted");
    await object.fail(third.resourceId, third.attempt, { error: "provision_failed", jobSent: true }, RESUME_WINDOW_MS);
    await make(object);
    expect(await outcomeOf(object)).toBe("live_cap");
    await object.detach(first);
    await object.detach(first);
    expect(await outcomeOf(object)).toBe("proceed");
    expect(await outcomeOf(object)).toBe("live_cap");
  });

  it("gives it back when a create is abandoned", async () => {
    const object = team();
    for (let create = 0; create < 3; create += 1) await object.admit(request());
    expect(await outcomeOf(object)).toBe("live_cap");
    vi.setSystemTime(NOON + LEASE_MS + 1);
    await runDurableObjectAlarm(object);
    expect(gateway.abandoned).toHaveLength(3);
    expect(await outcomeOf(object)).toBe("proceed");
  });

  it("keeps it for a resource whose stored answer is forgotten: it was rotated, not deleted", async () => {
    const object = team();
    const ids = [await make(object), await make(object), await make(object)];
    await object.forget(ids[0] ?? "");
    expect(await outcomeOf(object)).toBe("live_cap");
  });

  it("counts what a claim brought once, beyond the cap as well", async () => {
    const object = team();
    const claimed = Array.from({ length: 5 }, () => ({ resourceId: crypto.randomUUID(), kind: "redis" as const }));
    await object.attach(claimed);
    await object.attach(claimed);
    for (const { resourceId } of claimed.slice(0, 3)) await object.detach(resourceId);
    expect(await outcomeOf(object)).toBe("proceed");
    expect(await outcomeOf(object)).toBe("live_cap");
  });

  it("holds single kinds to their own", async () => {
    const object = team();
    const queue = { kind: "queue" as const, live: { cap: 10, kindCap: 1 } };
    await make(object, queue);
    expect(await object.admit(request(queue))).toMatchObject({ outcome: "live_cap", cap: 1, ofKind: true });
    expect(await outcomeOf(object, { live: { cap: 10, kindCap: null } })).toBe("proceed");
  });

  it("takes no second slot for a retry with the same key", async () => {
    const object = team();
    const keyed = { idempotency: { keyHash: "key", bodyHash: "body" }, live: { cap: 1, kindCap: null } };
    const first = await object.admit(request(keyed));
    if (first.outcome !== "proceed") throw new Error("not admitted");
    await object.fail(first.resourceId, first.attempt, { error: "provision_failed", jobSent: true }, RESUME_WINDOW_MS);
    const again = await object.admit(request(keyed));
    expect(again).toMatchObject({ outcome: "proceed", resourceId: first.resourceId, resumed: true });
    await object.finish(first.resourceId, { status: 201, sealedBody: "sealed" });
    expect(await outcomeOf(object, keyed)).toBe("replay");
    expect(await outcomeOf(object, { live: { cap: 1, kindCap: null } })).toBe("live_cap");
  });

  it("is remembered through a clean-up at midnight", async () => {
    const object = team();
    for (let create = 0; create < 3; create += 1) await make(object);
    vi.setSystemTime(NOON + 36 * 3_600_000);
    await runDurableObjectAlarm(object);
    expect(await outcomeOf(object)).toBe("live_cap");
  });
});

describe("deployments and uploads", () => {
  const deployment = { kind: "deployment", live: { cap: 2, kindCap: null } } as const;

  it("deployments are counted apart from resources, and a place is free when one is gone", async () => {
    const object = team();
    const first = await make(object, deployment);
    await make(object, deployment);
    expect(await outcomeOf(object, deployment)).toBe("live_cap");
    for (let made = 0; made < 3; made += 1) await make(object);
    expect(await outcomeOf(object)).toBe("live_cap");
    await object.detach(first);
    expect(await outcomeOf(object, deployment)).toBe("proceed");
  });

  it("an upload that updates a deployment takes no place", async () => {
    const object = team();
    await make(object, deployment);
    await make(object, deployment);
    expect(await outcomeOf(object, { kind: "release", live: null })).toBe("proceed");
  });

  it("two uploads run at a time; an ended one and one whose lease is over make room", async () => {
    const object = team();
    const places = { max: 2, leaseMs: 60_000 };
    expect(await object.beginUpload("a", places)).toBe(true);
    expect(await object.beginUpload("b", places)).toBe(true);
    expect(await object.beginUpload("c", places)).toBe(false);
    await object.endUpload("a");
    expect(await object.beginUpload("c", places)).toBe(true);
    vi.setSystemTime(NOON + 60_001);
    expect(await object.beginUpload("d", places)).toBe(true);
  });
});
