/** The works take turns (A B A B …), so that a machine that gets slower gets slower for all of them. */
import { percentile } from "../support/percentiles.ts";

/** Milliseconds that `work` took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

type Work = () => Promise<number>;

/** @returns what each of them measured, in milliseconds */
export async function takeTurns<K extends string>(works: Record<K, Work>, turns: number): Promise<Record<K, number[]>> {
  const entries = Object.entries<Work>(works);
  const times = Object.fromEntries(entries.map(([name]) => [name, [] as number[]])) as Record<string, number[]>;
  for (let turn = 0; turn < turns; turn += 1) {
    // Every other turn goes the other way round: nobody is always the one who comes after the slow one.
    for (const [name, work] of turn % 2 === 0 ? entries : entries.toReversed()) times[name]?.push(await work());
  }
  // Made of `works`, so it has its names.
  return times as Record<K, number[]>;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Round by round what `times` are of `base`; the middle round counts, and the best and the worst say how sure it is. */
export function ratioByRounds(times: readonly number[], base: readonly number[]): { reached: number; spread: readonly [number, number] } {
  const ratios = times.map((value, round) => value / (base[round] ?? Number.NaN));
  return { reached: median(ratios), spread: [Math.min(...ratios), Math.max(...ratios)] };
}
