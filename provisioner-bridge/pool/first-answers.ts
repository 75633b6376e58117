/** Returns early and skips slow servers: a create does not wait for the slowest of an engine's servers. */
import type { Clock } from "../ports/clock.ts";

/** After the first answer, others are waited for this long: servers of one kind, busy ones too, answer within it. */
export const GRACE_MS = 20;

/** @returns the answers that came until all had, or until GRACE_MS after the first; null is no answer. No promise may reject. */
export function firstAnswers<T>(asked: readonly Promise<T | null>[], clock: Clock): Promise<T[]> {
  const answers: T[] = [];
  let open = asked.length;
  let cancel: (() => void) | undefined;
  return new Promise((resolve) => {
    const end = () => {
      cancel?.();
      resolve([...answers]);
    };
    if (open === 0) end();
    for (const one of asked) {
      void one.then((answer) => {
        open -= 1;
        if (answer !== null) answers.push(answer);
        if (open === 0) end();
        else if (answer !== null) cancel ??= clock.after(GRACE_MS, end);
      });
    }
  });
}
