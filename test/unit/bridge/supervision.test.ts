/** When an app that ended is started again, when it counts as failed, and when it is forgiven. */
import { expect, test } from "vitest";
import { afterEnd, isOverDisk, isSteady, mayHaveRecovered } from "../../../provisioner-bridge/supervision/decide.ts";

const NOW = Date.UTC(2026, 0, 1);
const SECOND_MS = 1_000;
const since = (ms: number) => new Date(NOW - ms);
const ended = { wasOutOfMemory: false };

test.each([
  [0, 1, 1, null],
  [1, 2, 2, null],
  [2, 3, 4, "crash_loop"],
  [3, 4, 8, "crash_loop"],
  [5, 6, 32, "crash_loop"],
  [6, 7, 60, "crash_loop"],
  [40, 41, 60, "crash_loop"],
])("after %i ends: end %i, a pause of %i s, %s", (before, ends, seconds, reason) => {
  const known = before === 0 ? null : { ends: before, running_since: since(SECOND_MS) };
  expect(afterEnd(known, ended, NOW)).toEqual({ ends, restartAt: NOW + seconds * SECOND_MS, reason });
});

test("the first end for memory counts", () => {
  expect(afterEnd(null, { wasOutOfMemory: true }, NOW)).toMatchObject({ ends: 1, reason: "out_of_memory" });
});

test.each([
  [600 * SECOND_MS - 1, false],
  [600 * SECOND_MS, true],
  [600 * SECOND_MS + 1, true],
])("a run of %i ms is steady: %s; then the count begins anew", (ms, steady) => {
  const known = { ends: 2, running_since: since(ms) };
  expect(isSteady(known, NOW)).toBe(steady);
  expect(afterEnd(known, ended, NOW).ends).toBe(steady ? 1 : 3);
});

const FAILURE = { reason: "crash_loop", event: "", hint: "", exit_code: 1, last_lines: "", occurred_at: since(0).toISOString() } as const;
test.each([
  [10 * SECOND_MS - 1, false],
  [10 * SECOND_MS, true],
  [10 * SECOND_MS + 1, true],
])("a failed app that has run for %i ms may have recovered: %s", (ms, may) => {
  expect(mayHaveRecovered({ failure: FAILURE, running_since: since(ms) }, NOW)).toBe(may);
  expect(mayHaveRecovered({ failure: null, running_since: since(ms) }, NOW)).toBe(false);
  expect(mayHaveRecovered({ failure: FAILURE, running_since: null }, NOW)).toBe(false);
});

test("a disk without a limit is never too full", () => expect(isOverDisk(1e15, null)).toBe(false));
