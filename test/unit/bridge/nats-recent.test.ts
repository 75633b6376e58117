/** One look serves everybody for a while; a look that failed serves nobody. */
import { expect, test } from "vitest";
import { recent } from "../../../provisioner-bridge/engines/nats/recent.ts";
import { createTestClock } from "../../support/bridge.ts";

test("it reads once in the time given, however many ask, and again after it", async () => {
  const clock = createTestClock();
  let reads = 0;
  const read = recent(1_000, clock, async () => ++reads);
  expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
  clock.advance(500);
  expect(await read()).toBe(1);
  clock.advance(600);
  expect(await read()).toBe(2);
});

test("a failure is told to those who waited for it, and the next one asks anew", async () => {
  let reads = 0;
  const read = recent(1_000, createTestClock(), async () => {
    reads += 1;
    if (reads === 1) throw new Error("away");
    return reads;
  });
  await expect(Promise.all([read(), read()])).rejects.toThrow("away");
  expect(await read()).toBe(2);
});
