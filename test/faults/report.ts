/** The result of a campaign as text. */
import { percentile } from "../support/percentiles.ts";
import type { Settled } from "./settle.ts";
import type { TryResult } from "./tries.ts";

/** One line for each point and victim: how often tried, how often the shot fell there, and how it ended for the caller. */
export function resultTable(results: readonly TryResult[]): string {
  const groups = Map.groupBy(results, ({ try: one }) => `${one.point} × ${one.victim}`);
  const lines = [...groups.keys()].sort().map((name) => {
    const group = groups.get(name) ?? [];
    const reached = group.filter((result) => result.reached).length;
    const slowest = Math.max(...group.map((result) => result.tookMs)) / 1000;
    return [
      name.padEnd(44),
      `${reached}/${group.length}`.padStart(7),
      `${slowest.toFixed(1)} s`.padStart(9),
      `  ${outcomeCounts(group)}`,
    ].join(" ");
  });
  return [["point × victim".padEnd(44), "reached".padStart(7), "slowest".padStart(9), "  outcomes"].join(" "), ...lines].join("\n");
}

function outcomeCounts(group: readonly TryResult[]): string {
  const counts = Map.groupBy(group, (result) => result.outcome);
  return [...counts].map(([outcome, all]) => `${outcome} ×${all.length}`).join(", ");
}

export function summary(results: readonly TryResult[], settled: Settled): string {
  const reached = results.filter((result) => result.reached).length;
  const took = results.map((result) => result.tookMs / 1000);
  const expected = Object.entries(settled.expected).map(([name, count]) => `${count} ${name}`);
  return [
    `${results.length} tries, ${reached} shots fell; all outcomes: ${outcomeCounts(results)}`,
    `from the first request to its end: p50 ${percentile(took, 0.5).toFixed(1)} s, max ${percentile(took, 1).toFixed(1)} s`,
    `resources ever begun: ${expected.join(", ")}`,
    settled.problems.length === 0
      ? `in order ${(settled.tookMs / 1000).toFixed(1)} s after the last try`
      : `NOT in order after ${(settled.tookMs / 1000).toFixed(0)} s: ${settled.problems.length} problem(s)`,
  ].join("\n");
}
