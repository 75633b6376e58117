/** The bench's table and its dated JSON. */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Percentiles } from "../support/percentiles.ts";

export type Row = { name: string; times: Percentiles };
export type Report = { date: string; cores: number; node: string; server: Record<string, string>; rounds: number; rows: Row[] };

const RESULTS = new URL("./results/", import.meta.url);
/** What `POST /db/new` may cost in raw creates, by the median. */
export const GOAL_RATIO = 2;

/** The last row is what the others are compared with. */
export function table({ rows }: Report): string {
  const raw = rows.at(-1);
  const cells = rows.map(({ name, times: { p50, p95, p99 } }) => [
    name,
    ...[p50, p95, p99].map((ms) => `${ms.toFixed(1)} ms`),
    `${(p50 / (raw?.times.p50 ?? p50)).toFixed(2)} / ${(p99 / (raw?.times.p99 ?? p99)).toFixed(2)}`,
  ]);
  const all = [["", "p50", "p95", "p99", "ratio p50 / p99"], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all
    .map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  "))
    .join("\n");
}

/** @returns the file's name */
export function write(report: Report): string {
  mkdirSync(RESULTS, { recursive: true });
  const name = `${report.date.slice(0, 10)}-create.json`;
  writeFileSync(new URL(name, RESULTS), `${JSON.stringify(report, null, 2)}\n`);
  return `test/bench/results/${name}`;
}
