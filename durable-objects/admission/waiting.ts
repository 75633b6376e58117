/** Duplicates of a running request wait here, in memory: after a restart they simply ask again. */
import type { ErrorCode } from "../../contract/errors.ts";

/** Why the wait ended: the first request's failure, or that it is worth deciding again. */
export type Ended = { error: ErrorCode } | "decide_again" | "timeout";

export class WaitingRoom {
  readonly #waiting = new Map<string, Set<(ended: Ended) => void>>();

  /** Resolves when `release` is called for the resource, or after `timeoutMs`. */
  wait(resourceId: string, timeoutMs: number): Promise<Ended> {
    return new Promise((resolve) => {
      const others = this.#waiting.get(resourceId) ?? new Set();
      this.#waiting.set(resourceId, others);
      const leave = (ended: Ended) => {
        clearTimeout(timer);
        others.delete(leave);
        if (others.size === 0) this.#waiting.delete(resourceId);
        resolve(ended);
      };
      const timer = setTimeout(() => leave("timeout"), timeoutMs);
      others.add(leave);
    });
  }

  release(resourceId: string, ended: Ended): void {
    for (const leave of [...(this.#waiting.get(resourceId) ?? [])]) leave(ended);
  }
}
