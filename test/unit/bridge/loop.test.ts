import { expect, test } from "vitest";
import { createLog } from "../../../provisioner-bridge/log.ts";
import type { Metrics } from "../../../provisioner-bridge/metrics.ts";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";
import { startReconcileLoop } from "../../../provisioner-bridge/reconcile/loop.ts";
import type { PassResult } from "../../../provisioner-bridge/reconcile/reconcile.ts";
import { createManualClock, settle } from "./clock.ts";

const PASS: PassResult = { outcome: "ok", findings: { undropped: [], strangers: [], missing: [], stale: [] } };
const INTERVAL_MS = 60_000;

function loop(pass: () => Promise<PassResult>, fraction = 0.5) {
  const clock = createManualClock();
  const outcomes: string[] = [];
  const metrics = { passDone: (outcome: string) => void outcomes.push(outcome) } as unknown as Metrics;
  const random = { ...systemRandom, fraction: () => fraction };
  const { stop, hurry } = startReconcileLoop({ clock, random, log: createLog("silent"), metrics, intervalMs: INTERVAL_MS, pass });
  return { clock, outcomes, stop, hurry };
}

test("passes follow each other, one at a time, also after a failure", async () => {
  let passes = 0;
  const { clock, outcomes, stop } = loop(async () => {
    passes += 1;
    if (passes === 2) throw new Error("registry gone");
    return PASS;
  });
  for (let round = 0; round < 3; round += 1) {
    clock.advance(INTERVAL_MS);
    await settle();
  }
  expect(outcomes).toEqual(["ok", "failed", "ok"]);
  await stop();
});

test.each([
  [0, 48_000],
  [0.999_999, 71_999],
])("the pause is jittered by a fifth: %f", async (fraction, expected) => {
  let passes = 0;
  const { clock, stop } = loop(async () => {
    passes += 1;
    return PASS;
  }, fraction);
  clock.advance(expected - 1);
  await settle();
  expect(passes).toBe(0);
  clock.advance(2);
  await settle();
  expect(passes).toBe(1);
  await stop();
});

test("a server that came back is looked at at once, and again after a pass that was under way", async () => {
  const first = Promise.withResolvers<PassResult>();
  let passes = 0;
  const { clock, stop, hurry } = loop(() => {
    passes += 1;
    return passes === 1 ? first.promise : Promise.resolve(PASS);
  });
  hurry();
  clock.advance(0);
  await settle();
  expect(passes).toBe(1);
  hurry();
  hurry();
  clock.advance(0);
  await settle();
  expect(passes).toBe(1);
  first.resolve(PASS);
  await settle();
  clock.advance(0);
  await settle();
  expect(passes).toBe(2);
  clock.advance(INTERVAL_MS - 1);
  await settle();
  expect(passes).toBe(2);
  await stop();
});

test("stopping waits for the pass under way and begins no other", async () => {
  const { promise, resolve } = Promise.withResolvers<PassResult>();
  const { clock, outcomes, stop } = loop(() => promise);
  clock.advance(INTERVAL_MS);
  const stopped = stop();
  resolve(PASS);
  await stopped;
  await settle();
  expect([outcomes, clock.timers]).toEqual([["ok"], 0]);
});
