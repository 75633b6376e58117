/** What was asked a moment ago is not asked again: the many batches of one metering pass share one look at a whole server. */
import type { Clock } from "../ports/clock.ts";

type Look<T> = { value: Promise<T>; freshUntilMs: number };

/**
 * @returns a function that reads one at a time, however many callers there are. An answer serves from its arrival for `ms`, or for as
 * long as it took where that is longer: at most half of the time is spent reading. A failed read is forgotten at once.
 */
export function recent<T>(ms: number, clock: Clock, read: () => Promise<T>): () => Promise<T> {
  let known: Look<T> | undefined;

  function look(): Look<T> {
    const begunMs = clock.elapsedMs();
    const begun: Look<T> = {
      freshUntilMs: Number.POSITIVE_INFINITY,
      value: read().then(
        (value) => {
          const endedMs = clock.elapsedMs();
          begun.freshUntilMs = endedMs + Math.max(ms, endedMs - begunMs);
          return value;
        },
        (error: unknown) => {
          if (known === begun) known = undefined;
          throw error;
        },
      ),
    };
    return begun;
  }

  return () => {
    if (known === undefined || clock.elapsedMs() >= known.freshUntilMs) known = look();
    return known.value;
  };
}
