/** Clock and chance of the Durable Objects: the one place here that reads them. */

export interface Runtime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number in [0, 1). */
  random(): number;
}

export const systemRuntime: Runtime = { now: () => Date.now(), random: () => Math.random() };

/** Exponential backoff with full jitter: between 0 and `baseMs * 2^attempts`, at most `capMs`. */
export function backoffMs(attempts: number, bounds: { baseMs: number; capMs: number }, runtime: Runtime): number {
  const ceiling = Math.min(bounds.capMs, bounds.baseMs * 2 ** Math.min(attempts, 20));
  return Math.round(runtime.random() * ceiling);
}
