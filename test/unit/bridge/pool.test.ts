/** The pool's pure parts: how many it wants, and when a server counts as alive. */
import { describe, expect, test } from "vitest";
import { readEnv } from "../../../provisioner-bridge/env.ts";
import { createPulse, PATIENCE_MS } from "../../../provisioner-bridge/pool/pulse.ts";
import { targetSize, wantsOneMore } from "../../../provisioner-bridge/pool/target.ts";
import { createManualClock, settle } from "./clock.ts";

describe("the size of a pool", () => {
  const bounds = { min: 5, max: 50 };
  test.each([
    [0, 5],
    [5, 5],
    [6, 6],
    [50, 50],
    [51, 50],
  ])("for %i creates of late is %i", (demand, size) => {
    expect(targetSize(demand, bounds)).toBe(size);
  });

  test.each([
    ["below its size", { ready: 5, unowned: 5, demand: 6 }, true],
    ["at its size", { ready: 6, unowned: 6, demand: 6 }, false],
    ["below its size, with as many unfinished or away as may be", { ready: 5, unowned: 50, demand: 6 }, false],
    ["below its size, with one less", { ready: 5, unowned: 49, demand: 6 }, true],
  ])("%s", (_, count, expected) => {
    expect(wantsOneMore(count, bounds)).toBe(expected);
  });
});

describe("a sign of life", () => {
  /** A server whose answers the test gives. */
  function createServer() {
    const asked: PromiseWithResolvers<void>[] = [];
    const clock = createManualClock();
    const isAlive = createPulse(() => {
      const one = Promise.withResolvers<void>();
      asked.push(one);
      return one.promise;
    }, clock);
    return { asked, clock, isAlive };
  }

  test("is asked for after the call: one that is under way does not count, and all that wait share the next", async () => {
    const { asked, isAlive } = createServer();
    const first = isAlive();
    const later = [isAlive(), isAlive(), isAlive()];
    await settle();
    expect(asked).toHaveLength(1);
    asked[0]?.resolve();
    expect(await first).toBe(true);
    await settle();
    expect(asked).toHaveLength(2);
    asked[1]?.reject(new Error("gone"));
    expect(await Promise.all(later)).toEqual([false, false, false]);
    const again = isAlive();
    await settle();
    asked[2]?.resolve();
    expect(await again).toBe(true);
  });

  test("that does not come in time is none, and nobody waits again until it came", async () => {
    const { asked, clock, isAlive } = createServer();
    const first = isAlive();
    clock.advance(PATIENCE_MS - 1);
    await settle();
    clock.advance(1);
    expect(await first).toBe(false);
    expect(await isAlive()).toBe(false);
    expect(asked).toHaveLength(1);
    asked[0]?.resolve();
    await settle();
    const again = isAlive();
    await settle();
    asked[1]?.resolve();
    expect(await again).toBe(true);
    expect(clock.timers).toBe(0);
  });
});

test.each(["redis", "s3", "nothing"])("%s has no pool: a configuration that names one is refused", (engine) => {
  expect(() => readEnv({ BRIDGE_POOLS: JSON.stringify({ [engine]: { min: 1, max: 2 } }) })).toThrow(/BRIDGE_POOLS/);
});
