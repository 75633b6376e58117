/** Puts the figures of a run into docs/performance.md, between its markers: the text around them stays as it was written. */
import { readFileSync, writeFileSync } from "node:fs";
import { describeGoal, GOALS, verdict } from "./goals.ts";
import { describeServer, type Report } from "./report.ts";

const DOCUMENT = new URL("../../docs/performance.md", import.meta.url);

/** @throws when the document has lost a marker */
export function fillDocument(report: Report, plot: string): string {
  const parts = { goals: goals(report), plot: `![Latency of a create against the number of databases](../${plot})`, steps: steps(report) };
  const text = Object.entries(parts).reduce((whole, [name, part]) => replaced(whole, name, part), readFileSync(DOCUMENT, "utf8"));
  writeFileSync(DOCUMENT, text);
  return "docs/performance.md";
}

/** The text with another part between the markers of `name`. @throws when it has none */
export function replaced(text: string, name: string, part: string): string {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no ${open} … ${close}`);
  return `${text.slice(0, from + open.length)}\n${part}\n${text.slice(to)}`;
}

function goals({ date, machine, server, rounds, rows }: Report): string {
  const lines = rows.map((row) => {
    const { what, against } = GOALS[row.name];
    return `| ${what} | ${against} | ${describeGoal(row.name)} | **${row.reached.toFixed(2)}** ${verdict(row)} | ${row.note} |`;
  });
  const { cores, cpu, memoryGb, load } = machine;
  const where = `${date.slice(0, 16)}Z, ${cores} × ${cpu}, ${memoryGb} GB; load ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after`;
  return [
    `Measured ${where}; ${describeServer(server)}; ${rounds} rounds.\n`,
    "| what | against | goal | reached | figures |",
    "|---|---|---|---|---|",
  ]
    .concat(lines)
    .join("\n");
}

function steps({ steps: all }: Report): string {
  const names = [...new Set([...Object.keys(all.warm), ...Object.keys(all.cold)])];
  const ms = (value: number | undefined) => (value === undefined ? "" : `${value.toFixed(1)} ms`);
  return ["| step | pool full | pool empty |", "|---|---|---|"]
    .concat(names.map((name) => `| \`${name}\` | ${ms(all.warm[name])} | ${ms(all.cold[name])} |`))
    .join("\n");
}
