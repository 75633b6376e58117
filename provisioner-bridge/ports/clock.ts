/** The only place of the bridge that reads the time. */
export interface Clock {
  /** Wall time. */
  now(): Date;
  /** Milliseconds that only ever grow; for measuring durations. */
  elapsedMs(): number;
  /** Calls `task` once after `ms`; the returned function takes it back. */
  after(ms: number, task: () => void): () => void;
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
