/** Percentiles of measured times, by the nearest rank: every figure is one that was really measured. */

export type Percentiles = { n: number; min: number; p50: number; p95: number; p99: number; max: number; mean: number };

/** The value that `share` (0 to 1) of all values do not exceed. @throws when there are none */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error("no values were measured");
  return value;
}

/** @throws when there are no values */
export function percentiles(values: readonly number[]): Percentiles {
  const at = (share: number): number => percentile(values, share);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { n: values.length, min: at(0), p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1), mean };
}
