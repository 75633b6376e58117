/** A clock that stands still until it is moved; timers fire when their time has come. */
import type { Clock } from "../../../provisioner-bridge/ports/clock.ts";

export type ManualClock = Clock & { advance(ms: number): void; readonly timers: number };

export function createManualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsed = 0;
  const pending = new Map<number, { at: number; task: () => void }>();
  let id = 0;
  return {
    now: () => new Date(start + elapsed),
    elapsedMs: () => elapsed,
    after: (ms, task) => {
      const key = ++id;
      pending.set(key, { at: elapsed + ms, task });
      return () => void pending.delete(key);
    },
    advance: (ms) => {
      elapsed += ms;
      for (const [key, { at, task }] of [...pending]) {
        if (at > elapsed) continue;
        pending.delete(key);
        task();
      }
    },
    get timers() {
      return pending.size;
    },
  };
}

/** Lets everything that is already settled run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
