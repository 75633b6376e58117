/** A signed URL lives no longer than the keys that sign it, and keys are renewed only where that gives it noticeably more time. */
import { describe, expect, test } from "vitest";
import { endsTooEarly, urlSeconds } from "../../../worker/services/grants/lifetime.ts";

const NOW_MS = Date.UTC(2026, 0, 1) + 250;

const asked = (expiresInSeconds: number, leftSeconds: number | undefined, freshSeconds = 3_600) => ({
  expiresInSeconds,
  freshSeconds,
  nowMs: NOW_MS,
  keysEndMs: leftSeconds === undefined ? undefined : NOW_MS + leftSeconds * 1_000,
});

describe("urlSeconds", () => {
  test.each([
    [600, undefined, 600],
    [600, 3_600, 600],
    [600, 601, 600],
    [600, 600, 600],
    [600, 599, 599],
    [600, 599.999, 599],
    [3_600, 3_599.7, 3_599],
    [600, 0.9, 0],
    [600, -5, -5],
  ])("%i s asked for, %s s left of the keys: %i s", (seconds, left, lives) => expect(urlSeconds(asked(seconds, left))).toBe(lives));
});

describe("endsTooEarly", () => {
  test.each([
    // Keys that do not end.
    [600, undefined, 3_600, false],
    [600, 539.999, 3_600, true],
    [600, 540, 3_600, false],
    [600, 600, 3_600, false],
    [1, 0.899, 3_600, true],
    [1, 0.9, 3_600, false],
    // As much as fresh keys can give is enough, however much was asked for: an hour of hour-long keys, or of shorter ones.
    [3_600, 3_600, 3_600, false],
    [3_571, 3_599, 3_600, false],
    [3_600, 3_240, 3_600, false],
    [3_600, 3_239.999, 3_600, true],
    [3_600, 900, 900, false],
    [3_600, 810, 900, false],
    [3_600, 809.999, 900, true],
    [600, 0, 900, true],
    [600, -1, 900, true],
  ])("%i s asked for, %s s left, fresh keys live %i s: %s", (seconds, left, fresh, expected) =>
    expect(endsTooEarly(asked(seconds, left, fresh))).toBe(expected),
  );

  test.each([
    [900, 3_600],
    [3_600, 3_600],
    [43_200, 3_600],
    [900, 1],
  ])("keys of %i s, just minted, are never renewed for a URL of %i s", (fresh, seconds) =>
    expect(endsTooEarly(asked(seconds, fresh - 1, fresh))).toBe(false),
  );
});
