/** Clock and chance of the Durable Objects: the one place here that reads them. */

export interface Runtime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number in [0, 1). */
  random(): number;
}

export const systemRuntime: Runtime = { now: () => Date.now(), random: () => Math.random() };

/** An alarm this much in the past never rang: a process that was killed may have lost it. */
const ALARM_LOST_AFTER_MS = 5_000;

/** Sees to it that the object wakes at `wakeAt` or before; an alarm that was lost is set anew. */
export async function armAlarm(storage: DurableObjectStorage, wakeAt: number, runtime: Runtime): Promise<void> {
  const armed = await storage.getAlarm();
  const isLost = armed !== null && armed < runtime.now() - ALARM_LOST_AFTER_MS;
  if (armed === null || armed > wakeAt || isLost) await storage.setAlarm(Math.max(wakeAt, runtime.now()));
}

/** Exponential backoff with full jitter: between 0 and `baseMs * 2^attempts`, at most `capMs`. */
export function backoffMs(attempts: number, bounds: { baseMs: number; capMs: number }, runtime: Runtime): number {
  const ceiling = Math.min(bounds.capMs, bounds.baseMs * 2 ** Math.min(attempts, 20));
  return Math.round(runtime.random() * ceiling);
}
