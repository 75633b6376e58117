/** A Redis is measured when somebody may have grown much, when it is nearly full, and now and then; never all the time. */
import { describe, expect, test } from "vitest";
import {
  GROWTH_BYTES,
  ROUTINE_MS,
  reasonToMeasure,
  WATERMARK_GROWTH_BYTES,
  WATERMARK_SHARE,
} from "../../../provisioner-bridge/engines/redis/pressure.ts";

const MAX = 1_000_000_000;
const before = { endedMs: 10_000, durationMs: 100, leastBytes: 1_000_000 };
const at = (used_memory: number) => ({ used_memory, maxmemory: MAX });
const RESTED_MS = before.endedMs + before.durationMs;

test("nobody has looked yet", () => {
  expect(reasonToMeasure(at(0), undefined, 0)).toBe("first look");
});

describe("growth since the least that was used", () => {
  test.each([
    [GROWTH_BYTES - 1, null],
    [GROWTH_BYTES, "growth"],
  ])("of %i bytes", (growth, reason) => {
    expect(reasonToMeasure(at(before.leastBytes + growth), before, RESTED_MS)).toBe(reason);
  });

  test.each([
    [MAX * WATERMARK_SHARE - 1, null],
    [MAX * WATERMARK_SHARE, "watermark"],
  ])("of a little, with %i bytes of 1,000,000,000 used", (used, reason) => {
    expect(reasonToMeasure(at(used), { ...before, leastBytes: used - WATERMARK_GROWTH_BYTES }, RESTED_MS)).toBe(reason);
  });

  test("of less than that, on a full server", () => {
    expect(reasonToMeasure(at(MAX), { ...before, leastBytes: MAX - WATERMARK_GROWTH_BYTES + 1 }, RESTED_MS)).toBeNull();
  });
});

test.each([
  [RESTED_MS - 1, null],
  [RESTED_MS, "growth"],
])("after a pass there is a rest as long as itself (%i ms)", (nowMs, reason) => {
  expect(reasonToMeasure(at(MAX), before, nowMs)).toBe(reason);
});

test.each([
  [100, before.endedMs + ROUTINE_MS - 1, null],
  [100, before.endedMs + ROUTINE_MS, "routine"],
  // A long pass takes a twentieth of the time at most.
  [1_000, before.endedMs + 19_999, null],
  [1_000, before.endedMs + 20_000, "routine"],
])("without any growth, after a pass of %i ms, at %i ms", (durationMs, nowMs, reason) => {
  expect(reasonToMeasure(at(before.leastBytes), { ...before, durationMs }, nowMs)).toBe(reason);
});
