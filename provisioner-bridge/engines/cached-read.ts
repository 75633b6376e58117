/** Caches a read for a short time: the many batches of one metering pass share one read of a whole server. */
import type { Clock } from "../ports/clock.ts";

type Read<T> = { value: Promise<T>; freshUntilMs: number };

/**
 * @returns a function that runs one read at a time for all callers. An answer is fresh for `ms`, or for as long as the read took where
 * that is longer, so that at most half of the time is spent reading. A failed read is not cached.
 */
export function cachedRead<T>(ms: number, clock: Clock, read: () => Promise<T>): () => Promise<T> {
  let known: Read<T> | undefined;

  function begin(): Read<T> {
    const begunMs = clock.elapsedMs();
    const begun: Read<T> = {
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
    if (known === undefined || clock.elapsedMs() >= known.freshUntilMs) known = begin();
    return known.value;
  };
}
