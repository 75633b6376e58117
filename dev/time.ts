/** Monotonic time and waiting. */
import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds of a clock that never goes back. */
export const clock = (): number => performance.now();

export interface Polling {
  timeoutMs: number;
  intervalMs: number;
  /** An error that further attempts cannot fix. */
  hopeless?: (cause: unknown) => boolean;
}

/** Calls `attempt` until it does not throw. @throws its last error after `timeoutMs` */
export async function until<T>(attempt: () => Promise<T> | T, { timeoutMs, intervalMs, hopeless }: Polling): Promise<T> {
  const deadlineMs = clock() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (cause) {
      if (clock() >= deadlineMs || hopeless?.(cause) === true) throw cause;
    }
    await delay(intervalMs);
  }
}
