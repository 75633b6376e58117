/** What was asked a moment ago is not asked again: many batches of one pass share one look at the server. */
import type { Clock } from "../../ports/clock.ts";

/** @returns a function that reads at most once in `ms`, however many callers there are; a failed read is forgotten at once */
export function recent<T>(ms: number, clock: Clock, read: () => Promise<T>): () => Promise<T> {
  let known: { untilMs: number; value: Promise<T> } | undefined;
  return () => {
    if (known === undefined || clock.elapsedMs() >= known.untilMs) {
      const value = read().catch((error: unknown) => {
        known = undefined;
        throw error;
      });
      known = { untilMs: clock.elapsedMs() + ms, value };
    }
    return known.value;
  };
}
