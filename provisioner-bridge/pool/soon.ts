/** Whoever answers first is answer enough: a create does not wait for the slow ones among an engine's servers. */
import type { Clock } from "../ports/clock.ts";

/** So long after the first sign of life the others still count: servers of one kind answer within it, busy ones as well. */
export const GRACE_MS = 20;

/** @returns what came by the time all had answered, or GRACE_MS after the first that came; null is no sign. No sign rejects. */
export function firstSigns<T>(signs: readonly Promise<T | null>[], clock: Clock): Promise<T[]> {
  const came: T[] = [];
  let open = signs.length;
  let cancel: (() => void) | undefined;
  return new Promise((resolve) => {
    const end = () => {
      cancel?.();
      resolve([...came]);
    };
    if (open === 0) end();
    for (const sign of signs) {
      void sign.then((value) => {
        open -= 1;
        if (value !== null) came.push(value);
        if (open === 0) end();
        else if (value !== null) cancel ??= clock.after(GRACE_MS, end);
      });
    }
  });
}
