/**
 * The health check of a server that a hand-out waits for: a question put after the create arrived, shared by all creates that wait
 * at the same time. A server that leaves a question open for too long counts as silent until it answers; creates no longer wait for it.
 */
import pTimeout from "p-timeout";
import { type Clock, timersOf } from "../ports/clock.ts";

/** A create waits this long for an answer; then it uses another server. */
export const PATIENCE_MS = 1_000;

/** The server's answer to a question that was put to it after the call. */
export type HealthCheck<Answer> = () => Promise<Answer>;

/**
 * @param ask resolves when the server answers; it must end at some time
 * @param silent what counts as its answer when none comes
 */
export function createHealthCheck<Answer>(ask: () => Promise<Answer>, silent: Answer, clock: Clock): HealthCheck<Answer> {
  /** Questions that are open for too long. */
  let overdue = 0;
  let running: Promise<Answer> | undefined;
  let next: Promise<Answer> | undefined;

  async function put(): Promise<Answer> {
    let isOverdue = false;
    const asked = ask().catch(() => silent);
    void asked.then(() => {
      if (isOverdue) overdue -= 1;
    });
    const giveUp = (): Answer => {
      isOverdue = true;
      overdue += 1;
      return silent;
    };
    const answer = await pTimeout(asked, { milliseconds: PATIENCE_MS, fallback: giveUp, customTimers: timersOf(clock) });
    running = undefined;
    return answer;
  }

  return async () => {
    if (overdue > 0) return silent;
    if (running === undefined) {
      running = put();
      return running;
    }
    // The server may have answered the running question before this call: the caller needs the next one.
    next ??= running.then(() => {
      next = undefined;
      // These callers have already waited as long as one question may take.
      if (overdue > 0) return silent;
      running ??= put();
      return running;
    });
    return next;
  };
}
