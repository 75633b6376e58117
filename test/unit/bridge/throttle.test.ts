/** Background work leaves a server to creates: half of the time always, and all of it in a burst, but not forever. */
import { describe, expect, test } from "vitest";
import { yieldToCreates } from "../../../provisioner-bridge/burst.ts";
import { createThrottle, REST_MAX_MS } from "../../../provisioner-bridge/engines/throttle.ts";
import { createManualClock, settle } from "./clock.ts";

describe("throttled work", () => {
  /** Begins two pieces of work; the first one takes `tookMs`, whatever comes of it. */
  async function two(tookMs: number, first: () => Promise<string>) {
    const clock = createManualClock();
    const throttle = createThrottle(clock);
    const begun: number[] = [];
    const outcome = throttle(async () => {
      clock.advance(tookMs);
      return first();
    }).catch(() => "failed");
    const second = throttle(async () => void begun.push(clock.elapsedMs()));
    expect(await outcome, "a caller does not wait for the rest after its own work").toBeDefined();
    await settle();
    return { clock, begun, second };
  }

  test("rests as long as the work before took, and not a millisecond less", async () => {
    const { clock, begun, second } = await two(100, async () => "done");
    clock.advance(99);
    await settle();
    expect(begun).toEqual([]);
    clock.advance(1);
    await second;
    expect(begun).toEqual([200]);
  });

  test("rests after work that failed, too, and at most REST_MAX_MS", async () => {
    const { clock, begun, second } = await two(60_000, () => Promise.reject(new Error("no")));
    clock.advance(REST_MAX_MS);
    await second;
    expect(begun).toEqual([60_000 + REST_MAX_MS]);
  });
});

describe("yielding to creates", () => {
  async function yielded(isBurst: () => boolean, stepsMs: readonly number[]): Promise<boolean> {
    const clock = createManualClock();
    let over = false;
    void yieldToCreates({ clock, isBurst }).then(() => {
      over = true;
    });
    await settle();
    for (const ms of stepsMs) {
      clock.advance(ms);
      await settle();
    }
    return over;
  }
  const quarterSeconds = (count: number) => Array.from({ length: count }, () => 250);

  test("takes no time without creates", async () => {
    expect(await yielded(() => false, [])).toBe(true);
  });

  test("ends with the burst", async () => {
    let left = 3;
    expect(await yielded(() => left-- > 0, quarterSeconds(2))).toBe(false);
    left = 3;
    expect(await yielded(() => left-- > 0, quarterSeconds(3))).toBe(true);
  });

  test("in a flood ends after two seconds", async () => {
    expect(await yielded(() => true, quarterSeconds(7))).toBe(false);
    expect(await yielded(() => true, quarterSeconds(8))).toBe(true);
  });
});
