/** The only place of the bridge that reads the time. */
export interface Clock {
  /** Wall time. */
  now(): Date;
  /** Milliseconds that only ever grow; for measuring durations. */
  elapsedMs(): number;
  /** Calls `task` once after `ms`; the returned function takes it back. */
  after(ms: number, task: () => void): () => void;
}

type Timers = { setTimeout: typeof globalThis.setTimeout; clearTimeout: typeof globalThis.clearTimeout };

/** The clock's timers for p-timeout, which only passes what `setTimeout` returned to `clearTimeout`. */
export function timersOf(clock: Clock): Timers {
  const timers = { setTimeout: (task: () => void, ms: number) => clock.after(ms, task), clearTimeout: (cancel: () => void) => cancel() };
  return timers as unknown as Timers;
}

export const systemClock: Clock = {
  now: () => new Date(),
  elapsedMs: () => performance.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

export function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
