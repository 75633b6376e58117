/** What each step of a create took, as the Worker of a development stack says it in `Server-Timing`. */
import { median } from "./turns.ts";

/** Milliseconds by step, in the order of the header. */
export type Steps = Record<string, number>;

const ENTRY = /^\s*([\w-]+)\s*(?:;[^,]*?)?;\s*dur=([\d.]+)/;
const BETWEEN_ENTRIES = /,(?=\s*[\w-]+\s*;)/;

/** Whoever sends no such header has no steps. Source: W3C Server Timing. */
export function readSteps(header: string | null): Steps {
  const entries = (header ?? "").split(BETWEEN_ENTRIES).map((text) => ENTRY.exec(text));
  return Object.fromEntries(entries.flatMap((entry) => (entry?.[1] === undefined ? [] : [[entry[1], Number(entry[2])]])));
}

/** The median of each step over many creates. */
export function medianSteps(all: readonly Steps[]): Steps {
  const names = [...new Set(all.flatMap((steps) => Object.keys(steps)))];
  return Object.fromEntries(names.map((name) => [name, median(all.flatMap((steps) => steps[name] ?? []))]));
}
