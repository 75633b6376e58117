/** A bound on every wait. The client library's own command timeout ends when the command is written, not when it is answered. */
import type { Clock } from "../../ports/clock.ts";
import { NoAnswer } from "./errors.ts";

/** @throws NoAnswer after `ms`; the work itself goes on, and its outcome is ignored */
export function within<T>(clock: Clock, ms: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new NoAnswer(what)));
    work.then(resolve, reject).finally(cancel);
  });
}
