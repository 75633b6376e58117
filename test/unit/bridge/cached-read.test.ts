/** One look serves everybody for a while, however long it took; a look that failed serves nobody. */
import { expect, test } from "vitest";
import { cachedRead } from "../../../provisioner-bridge/engines/cached-read.ts";
import { createManualClock } from "./clock.ts";

const FRESH_MS = 1_000;

/** Reads that take `lasts` of the manual clock, each answered with its number. */
function counted(lastsMs: number) {
  const clock = createManualClock();
  let reads = 0;
  const read = cachedRead(FRESH_MS, clock, async () => {
    const number = ++reads;
    await new Promise<void>((resolve) => void clock.after(lastsMs, resolve));
    return number;
  });
  /** A look that is waited for until its end. */
  const whole = async () => {
    const answer = read();
    clock.advance(lastsMs);
    return answer;
  };
  return { clock, read, whole };
}

test.each([
  ["a short look", 10, FRESH_MS],
  ["a look that takes longer than its answer is fresh", 60_000, 60_000],
])("%s serves from its end, exactly as long as it may", async (_, lastsMs, servesMs) => {
  const { clock, read, whole } = counted(lastsMs);
  expect(await whole()).toBe(1);
  clock.advance(servesMs - 1);
  expect(await read()).toBe(1);
  clock.advance(1);
  expect(await whole()).toBe(2);
});

test("everybody who asks while a look is under way shares it, however long that is", async () => {
  const { clock, read, whole } = counted(60_000);
  const first = read();
  clock.advance(59_999);
  const second = read();
  clock.advance(1);
  expect(await Promise.all([first, second])).toEqual([1, 1]);
  expect(await whole()).toBe(1);
});

test("a failure is told to those who waited for it, and the next one asks anew", async () => {
  let reads = 0;
  const read = cachedRead(FRESH_MS, createManualClock(), async () => {
    reads += 1;
    if (reads === 1) throw new Error("away");
    return reads;
  });
  await expect(Promise.all([read(), read()])).rejects.toThrow("away");
  expect(await read()).toBe(2);
});
