import { describe, expect, it } from "vitest";
import { REQUEST_ID_PATTERN } from "../../../contract/webhook-inbox.ts";
import { firstKeyOf, idOf, keyOf, nextKey } from "../../../durable-objects/webhook-inbox/ids.ts";

const NOW = Date.UTC(2026, 10, 24, 12);

describe("request ids", () => {
  it("sort as text as their keys do, and are read back exactly, until 2248", () => {
    const keys = [0, 1, firstKeyOf(NOW), firstKeyOf(NOW) + 1, firstKeyOf(Date.UTC(2248, 0)), Number.MAX_SAFE_INTEGER];
    const ids = keys.map(idOf);
    expect([...ids].sort()).toEqual(ids);
    expect(ids.map(keyOf)).toEqual(keys);
    for (const id of ids) expect(id).toMatch(REQUEST_ID_PATTERN);
  });

  it("grow within a millisecond, beyond what fits in one, and when the clock goes back", () => {
    let key = 0;
    for (let count = 0; count < 5_000; count += 1) {
      const next = nextKey(key, NOW - (count % 3), 0.999);
      expect(next).toBeGreaterThan(key);
      key = next;
    }
    expect(nextKey(key, NOW - 60_000, 0)).toBe(key + 1);
    expect(nextKey(key, NOW + 60_000, 0)).toBe(firstKeyOf(NOW + 60_000));
  });

  it("do not tell the first request of an inbox from any other", () => {
    expect(nextKey(0, NOW, 0.5)).toBeGreaterThan(firstKeyOf(NOW));
    expect(nextKey(0, NOW, 0.999)).toBeLessThan(firstKeyOf(NOW + 1));
  });
});
