/** The bench's table, its dated JSON and the plot beside it. */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Percentiles } from "../support/percentiles.ts";
import { describeGoal, GOALS, type Row, verdict } from "./goals.ts";
import type { Rates } from "./ingest/measure.ts";
import { type Point, plotCreates } from "./plot.ts";
import type { Steps } from "./steps.ts";

/** `load`: the machine's one-minute load average before and after; what it held before came from others. */
export type Report = {
  date: string;
  machine: { cores: number; cpu: string; memoryGb: number; load: { before: number; after: number } };
  node: string;
  server: Record<string, string>;
  rounds: number;
  seconds: number;
  rows: Row[];
  latencies: Record<string, Percentiles>;
  points: Point[];
  /** Medians, as the Worker said them. */
  steps: { warm: Steps; cold: Steps };
  ingest?: Rates;
};

const RESULTS = new URL("./results/", import.meta.url);
const DATE_LENGTH = "2026-11-25".length;

/** One line for each row: goal, reached, verdict. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const { what, against } = GOALS[row.name];
    const spread = row.spread === undefined ? "" : row.spread.map((ratio) => ratio.toFixed(2)).join("–");
    return [what, against, describeGoal(row.name), row.reached.toFixed(2), verdict(row), spread, row.note];
  });
  return aligned([["what", "against", "goal", "reached", "", "rounds", "figures"], ...cells]);
}

export function latencyTable(latencies: Report["latencies"]): string {
  const ms = (value: number) => value.toFixed(1);
  const cells = Object.entries(latencies).map(([name, { n, p50, p95, p99, max }]) => [name, String(n), ms(p50), ms(p95), ms(p99), ms(max)]);
  return aligned([["milliseconds", "n", "p50", "p95", "p99", "max"], ...cells]);
}

/** Where the time of a create goes; nothing where the Worker does not say it. */
export function stepTable({ warm, cold }: Report["steps"]): string {
  const names = [...new Set([...Object.keys(warm), ...Object.keys(cold)])];
  const ms = (value: number | undefined) => value?.toFixed(1) ?? "";
  return names.length === 0
    ? ""
    : aligned([["step of a create, ms", "warm", "cold"], ...names.map((name) => [name, ms(warm[name]), ms(cold[name])])]);
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function describeServer(server: Report["server"]): string {
  return Object.entries(server)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

/** @returns the names of the files */
export function write(report: Report): { json: string; plot: string } {
  mkdirSync(RESULTS, { recursive: true });
  const date = report.date.slice(0, DATE_LENGTH);
  const subtitle = `${date}, ${report.machine.cores} cores, ${describeServer(report.server)}`;
  writeFileSync(new URL(`${date}.json`, RESULTS), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(new URL(`${date}.svg`, RESULTS), plotCreates(report.points, subtitle));
  return { json: `test/bench/results/${date}.json`, plot: `test/bench/results/${date}.svg` };
}
