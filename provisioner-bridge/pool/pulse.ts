/**
 * The sign of life a hand-out wants of a server: one question begun after the create arrived, shared by all creates that wait for
 * one. A server that leaves a question open for too long is silent until it answers it, and nobody waits for it again meanwhile.
 */
import type { Clock } from "../ports/clock.ts";

/** So long a create waits for the first silent answer; then it goes elsewhere. */
export const PATIENCE_MS = 1_000;

/** The server's answer to a question that was put to it after the call. */
export type Pulse<Sign> = () => Promise<Sign>;

/**
 * @param ask resolves when the server answers; it must end some day
 * @param silent what counts as its answer when none comes
 */
export function createPulse<Sign>(ask: () => Promise<Sign>, silent: Sign, clock: Clock): Pulse<Sign> {
  /** Questions that are open for too long. */
  let overdue = 0;
  let running: Promise<Sign> | undefined;
  let next: Promise<Sign> | undefined;

  async function put(): Promise<Sign> {
    let isOverdue = false;
    const answer = ask().catch(() => silent);
    void answer.then(() => {
      if (isOverdue) overdue -= 1;
    });
    const patience = Promise.withResolvers<Sign>();
    const cancel = clock.after(PATIENCE_MS, () => {
      isOverdue = true;
      overdue += 1;
      patience.resolve(silent);
    });
    const sign = await Promise.race([answer, patience.promise]);
    cancel();
    running = undefined;
    return sign;
  }

  return async () => {
    if (overdue > 0) return silent;
    if (running === undefined) {
      running = put();
      return running;
    }
    // The one under way may have been answered before this call.
    next ??= running.then(() => {
      next = undefined;
      // Who waited behind a question that stays open has waited long enough.
      if (overdue > 0) return silent;
      running ??= put();
      return running;
    });
    return next;
  };
}
