/**
 * The sign of life a hand-out wants of a server: one question begun after the create arrived, shared by all creates that wait for
 * one. A server that leaves a question open for too long is silent until it answers it, and nobody waits for it again meanwhile.
 */
import type { Clock } from "../ports/clock.ts";

/** So long a create waits for the first silent answer; then it goes elsewhere. */
export const PATIENCE_MS = 1_000;

/** True when the server answered a question that was put to it after the call. */
export type Pulse = () => Promise<boolean>;

/** @param ask resolves when the server answers; it must end some day */
export function createPulse(ask: () => Promise<void>, clock: Clock): Pulse {
  /** Questions that are open for too long. */
  let overdue = 0;
  let running: Promise<boolean> | undefined;
  let next: Promise<boolean> | undefined;

  async function put(): Promise<boolean> {
    let isOverdue = false;
    const answer = ask().then(
      () => true,
      () => false,
    );
    void answer.then(() => {
      if (isOverdue) overdue -= 1;
    });
    const patience = Promise.withResolvers<boolean>();
    const cancel = clock.after(PATIENCE_MS, () => {
      isOverdue = true;
      overdue += 1;
      patience.resolve(false);
    });
    const isAlive = await Promise.race([answer, patience.promise]);
    cancel();
    running = undefined;
    return isAlive;
  }

  return async () => {
    if (overdue > 0) return false;
    if (running === undefined) {
      running = put();
      return running;
    }
    // The one under way may have been answered before this call.
    next ??= running.then(() => {
      next = undefined;
      // Who waited behind a question that stays open has waited long enough.
      if (overdue > 0) return false;
      running ??= put();
      return running;
    });
    return next;
  };
}
