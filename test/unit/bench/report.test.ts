/** The bench's own arithmetic: what it prints is what was measured. */
import { describe, expect, it } from "vitest";
import { ROUNDS_MAX } from "../../bench/arguments.ts";
import { describeGoal, holds, verdict } from "../../bench/goals.ts";
import { defaultStrategy } from "../../bench/machine.ts";
import { expiriesOf, PER_TURN } from "../../bench/measures/expiry.ts";
import { plotCreates } from "../../bench/plot.ts";
import { medianSteps, readSteps } from "../../bench/steps.ts";
import { ratioByRounds, takeTurns } from "../../bench/turns.ts";

describe("goals", () => {
  it("a ratio at its goal holds, one just beyond is missed", () => {
    expect([0.35, 0.3501].map((reached) => holds({ name: "warm_p50", reached, note: "" }))).toEqual([true, false]);
    expect([0.6, 0.5999].map((reached) => holds({ name: "sustained", reached, note: "" }))).toEqual([true, false]);
  });

  it("what informs only has no verdict, and what is not the issue's says so", () => {
    const slow = { name: "refilling", reached: 9, note: "" } as const;
    expect([holds(slow), verdict(slow), describeGoal("refilling")]).toEqual([true, "", "none"]);
    expect([describeGoal("during_expiry"), describeGoal("warm_p50")]).toEqual(["≤ 1.2 (ours)", "≤ 0.35"]);
  });
});

describe("turns", () => {
  it("everybody has as many turns, and nobody always comes second", async () => {
    const order: string[] = [];
    const work = (name: string) => async () => order.push(name);
    const times = await takeTurns({ a: work("a"), b: work("b") }, 2);
    expect(order).toEqual(["a", "b", "b", "a"]);
    expect(times).toEqual({ a: [1, 4], b: [2, 3] });
  });

  it("ratios are made within a round, so that a slow round counts for both", () => {
    expect(ratioByRounds([10, 100, 30], [20, 200, 30])).toEqual({ reached: 0.5, spread: [0.5, 1] });
  });
});

describe("steps", () => {
  it("are read from Server-Timing, descriptions and order included", () => {
    expect(readSteps('total;dur=12.5;desc="Total, all", admission;dur=1.5,row;desc="x";dur=2')).toEqual({
      total: 12.5,
      admission: 1.5,
      row: 2,
    });
    expect(readSteps(null)).toEqual({});
  });

  it("have a median each, over the creates that had them", () => {
    expect(medianSteps([{ row: 1 }, { row: 3, tenant: 5 }, { row: 2 }])).toEqual({ row: 2, tenant: 5 });
  });
});

describe("the plot", () => {
  const pair = (p50: number) => ({ p50, p95: 2 * p50 });
  const points = [50, 1_000].map((databases) => ({ databases, warm: pair(5), cold: pair(60), raw: pair(40) }));

  it("draws every curve from the points, larger is higher, and needs nothing from outside", () => {
    const svg = plotCreates(points, "a & b < c");
    const lines = [...svg.matchAll(/<polyline points="([^"]+)"/g)].map((match) => match[1]?.split(" ") ?? []);
    expect(lines).toHaveLength(6);
    const heightOf = (line: number) => Number(lines[line]?.[0]?.split(",")[1]);
    expect(heightOf(2), "cold above warm").toBeLessThan(heightOf(0));
    expect(heightOf(1), "p95 above p50").toBeLessThan(heightOf(0));
    expect(svg).toContain("a &amp; b &lt; c");
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|href|<script|@import/);
  });
});

describe("expiries", () => {
  it("are whole turns whatever the rounds, 300 of them from five rounds on", () => {
    const totals = Array.from({ length: ROUNDS_MAX }, (_, index) => expiriesOf(index + 1));
    expect(totals).toEqual([60, 120, 180, 240, 300, 300, 300, 300]);
    expect(totals.filter((total) => total % PER_TURN !== 0)).toEqual([]);
  });
});

describe("the server's strategy", () => {
  it("is a choice from PostgreSQL 15 on", () => {
    expect([149_999, 150_000].map(defaultStrategy)).toEqual([expect.stringContaining("file copy"), expect.stringContaining("WAL_LOG")]);
  });
});
