/** The bench's table and its dated JSON. */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Percentiles } from "../support/percentiles.ts";
import type { Rates } from "./ingest/measure.ts";

export type Ratios = { p50: number; p95: number; p99: number };
export type Row = { name: string; times: Percentiles; toRaw: Ratios };
/** `load`: the machine's one-minute load average before and after; above `cores`, others were busy on it too. */
export type Report = {
  date: string;
  cores: number;
  load: { before: number; after: number };
  node: string;
  server: Record<string, string>;
  rounds: number;
  rows: Row[];
  ingest?: Rates;
};

const RESULTS = new URL("./results/", import.meta.url);
/** What `POST /db/new` may cost in raw creates, by the median. */
export const GOAL_RATIO = 2;

/** What `times` are in raw creates, percentile by percentile. */
export function ratiosTo(raw: Percentiles, times: Percentiles): Ratios {
  return { p50: times.p50 / raw.p50, p95: times.p95 / raw.p95, p99: times.p99 / raw.p99 };
}

export function table({ rows }: Report): string {
  const cells = rows.map(({ name, times: { p50, p95, p99 }, toRaw }) => [
    name,
    ...[p50, p95, p99].map((ms) => `${ms.toFixed(1)} ms`),
    [toRaw.p50, toRaw.p95, toRaw.p99].map((ratio) => ratio.toFixed(2)).join(" / "),
  ]);
  const all = [["", "p50", "p95", "p99", "to raw p50 / p95 / p99"], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all
    .map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  "))
    .join("\n");
}

/** @returns the file's name */
export function write(report: Report): string {
  mkdirSync(RESULTS, { recursive: true });
  const name = `${report.date.slice(0, 10)}.json`;
  writeFileSync(new URL(name, RESULTS), `${JSON.stringify(report, null, 2)}\n`);
  return `test/bench/results/${name}`;
}
