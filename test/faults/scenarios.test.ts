/**
 * Guarantee: the races and crashes that are known by name end in one whole resource or in none. One stack serves all of them;
 * those that must outlast a lease begin first and are looked at last.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../support/seeded-random.ts";
import { createJob, dropJob } from "../support/signed-jobs.ts";
import { openCampaign } from "./campaign.ts";
import type { Ending } from "./client.ts";
import type { Campaign } from "./context.ts";
import { type FaultHook, startFaultHook, type Visit } from "./hook.ts";
import type { Manner } from "./plan.ts";
import type { FaultPoint } from "./points.ts";
import { explain, settle } from "./settle.ts";
import { type FaultyStack, startFaultyStack } from "./stack.ts";
import { follow } from "./tries.ts";

/** A third of production's. */
const LEASE_SECONDS = 20;
/** The alarm rings when the lease is over; abandoning takes a moment. */
const ABANDONED_WITHIN_MS = (LEASE_SECONDS + 15) * 1_000;
const REACHED_WITHIN_MS = 20_000;

let hook: FaultHook;
let stack: FaultyStack;
let campaign: Campaign;
let retriedAfterCrash: Held;
let overtakenByItsAlarm: Held;
let aheadOfItsAlarm: Held;

type Held = { resourceId: string; ending: Promise<Ending> };

/** Begins a create and does something while it is held at `point`. */
async function createHeldAt(point: FaultPoint, manner: Manner, whileHeld: (visit: Visit) => Promise<unknown>): Promise<Held> {
  const met = new Set(hook.visits.map((visit) => visit.resourceId));
  const reached = Promise.withResolvers<Visit>();
  hook.arm({
    point,
    matches: (resourceId) => !met.has(resourceId),
    fire: async (visit) => {
      reached.resolve(visit);
      await whileHeld(visit);
    },
  });
  const ending = follow(campaign, 0, campaign.newCaller("postgres", manner));
  const visit = await Promise.race([reached.promise, delay(REACHED_WITHIN_MS, null, { ref: false })]);
  if (visit === null) throw new Error(`no create reached ${point}: ${JSON.stringify(await ending)}`);
  return { resourceId: visit.resourceId, ending };
}

/** The points the bridge passed with this create. */
function bridgePoints(resourceId: string): string[] {
  return hook.visits
    .filter((visit) => visit.resourceId === resourceId && visit.point.startsWith("bridge.create."))
    .map(({ point }) => point);
}

async function rowStatus(resourceId: string): Promise<string | undefined> {
  const { rows } = await stack.platform.query<{ status: string }>("SELECT status FROM resources WHERE id = $1", [resourceId]);
  return rows[0]?.status;
}

beforeAll(async () => {
  hook = await startFaultHook();
  stack = await startFaultyStack(hook, ["postgres"], { leaseSeconds: LEASE_SECONDS });
  campaign = await openCampaign(stack, hook, seededRandom(0), () => {});
  retriedAfterCrash = await createHeldAt("worker.create.after_admit", "keyed_retry", () => stack.kill("worker", "postgres"));
  await stack.healthy();
  overtakenByItsAlarm = await createHeldAt("worker.create.after_job", "keyless", ({ resourceId }) =>
    hook.seen(({ point, resourceId: seen }) => point === "worker.abandon.after_enqueue" && seen === resourceId, ABANDONED_WITHIN_MS),
  );
  // Until the alarm of the one before has rung, its own has, too: it was admitted only a moment later.
  aheadOfItsAlarm = await createHeldAt("worker.create.after_insert", "keyless", () => delay(ABANDONED_WITHIN_MS));
});

afterAll(async () => {
  await stack?.stop();
  await hook?.close();
});

describe("a drop that overtakes its create", () => {
  it("leaves a tombstone that refuses the create the Worker sends later", async () => {
    const { resourceId, ending } = await createHeldAt("worker.create.after_admit", "keyless", (visit) =>
      campaign.jobs.run(dropJob(visit.resourceId)),
    );
    expect((await ending).answer).toMatchObject({ kind: "refused", status: 503, error: "provision_failed" });
    expect(bridgePoints(resourceId)).toEqual([]);
    expect(await campaign.jobs.run(createJob(resourceId))).toMatchObject({ ok: false, status: 410, error: "resource_gone" });
  });

  it("refuses the create that a dead bridge had begun to read", async () => {
    const { resourceId, ending } = await createHeldAt("bridge.create.before_registry", "keyless", () => stack.kill("bridge", "postgres"));
    await stack.healthy();
    const dropped = await campaign.jobs.run(dropJob(resourceId));
    expect(dropped).toMatchObject({ ok: true, outcome: { state: "gone" } });
    expect(await campaign.jobs.run(createJob(resourceId))).toMatchObject({ ok: false, error: "resource_gone" });
    // The Worker's own retry may have been faster than the drop; then the caller was told of a resource that the drop took.
    if ((await ending).answer.kind === "created") campaign.ledger.dropped.add(resourceId);
  });

  it("waits for a create that runs, and then removes what it made", async () => {
    const { resourceId, ending } = await createHeldAt("bridge.create.after_database", "keyless", async ({ resourceId: id }) => {
      const early = campaign.jobs.run(dropJob(id));
      await Promise.race([early, delay(500)]);
      expect(hook.visits.some(({ point, resourceId: seen }) => seen === id && point.startsWith("bridge.drop."))).toBe(false);
      void early.catch(() => {});
    });
    await ending;
    expect(await campaign.jobs.run(dropJob(resourceId))).toMatchObject({ ok: true });
    // The platform was not told of this drop: it expires the resource as it would any other.
    campaign.ledger.dropped.add(resourceId);
    await stack.platform.query("UPDATE resources SET expires_at = now() WHERE id = $1", [resourceId]);
  });
});

describe("a key that is retried after a crash", () => {
  it.each(["bridge.create.after_database", "bridge.create.before_answer"] as const)(
    "gets one resource when the bridge died at %s",
    async (point) => {
      const { resourceId, ending } = await createHeldAt(point, "keyed_retry", () => stack.kill("bridge", "postgres"));
      expect((await ending).answer).toMatchObject({ kind: "created", created: { id: resourceId } });
      await stack.healthy();
    },
  );

  it("resumes the very resource its dead Worker had admitted, once the lease is over", async () => {
    const { answer, requests } = await retriedAfterCrash.ending;
    expect(answer).toMatchObject({ kind: "created", created: { id: retriedAfterCrash.resourceId } });
    expect(requests).toBeGreaterThan(1);
  });
});

describe("the alarm racing the insert", () => {
  it("wins: the row it took keeps a late insert out, and the caller gets 503", async () => {
    expect((await overtakenByItsAlarm.ending).answer).toMatchObject({ kind: "refused", status: 503, error: "provision_failed" });
    expect(["abandoned", "dropped"]).toContain(await rowStatus(overtakenByItsAlarm.resourceId));
  });

  it("loses: a row that was written in time is answered as made, however late", async () => {
    const { answer } = await aheadOfItsAlarm.ending;
    expect(answer).toMatchObject({ kind: "created", created: { id: aheadOfItsAlarm.resourceId } });
    expect(await rowStatus(aheadOfItsAlarm.resourceId)).toBe("active");
  });

  it("leaves a written row alone when its Worker died before it could answer: the resource is whole", async () => {
    const { resourceId, ending } = await createHeldAt("worker.create.after_insert", "keyless", () => stack.kill("worker", "postgres"));
    await stack.healthy();
    expect((await ending).answer.kind).toBe("broken");
    expect(await rowStatus(resourceId)).toBe("active");
  });
});

it("leaves nothing but what callers were told of", async () => {
  const { problems } = await settle(campaign);
  expect(await Promise.all(problems.map((problem) => explain(campaign, problem)))).toEqual([]);
});
