/** Readers that wait for the next request, in memory: after a restart they simply ask again. */

/** More than this many are not kept waiting: they are told at once that there is nothing. */
export const WAITERS_MAX = 100;

type Waiter = { giveUpAt: number; wake: (woken: boolean) => void };

export class Waiters {
  readonly #waiting = new Set<Waiter>();

  /** @returns true when something happened, false after `timeoutMs`, or at once when too many wait */
  wait(timeoutMs: number, nowMs: number): Promise<boolean> {
    // Where a caller hung up the platform may have cancelled its timer: what is overdue waits no more.
    for (const waiter of this.#waiting) if (waiter.giveUpAt < nowMs) this.#waiting.delete(waiter);
    if (this.#waiting.size >= WAITERS_MAX) return Promise.resolve(false);
    return new Promise((resolve) => {
      const wake = (woken: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(waiter);
        resolve(woken);
      };
      const waiter: Waiter = { giveUpAt: nowMs + timeoutMs, wake };
      const timer = setTimeout(() => wake(false), timeoutMs);
      this.#waiting.add(waiter);
    });
  }

  wakeAll(): void {
    for (const { wake } of [...this.#waiting]) wake(true);
  }
}
