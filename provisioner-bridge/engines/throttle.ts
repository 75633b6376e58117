/** Limits work that loads a server to half of the time: one piece at a time, and after each a rest as long as the piece took. */
import pLimit from "p-limit";
import { type Clock, wait } from "../ports/clock.ts";

/** The longest rest: a slow server must not make a backlog wait for hours. */
export const REST_MAX_MS = 250;

export type Throttle = <T>(work: () => Promise<T>) => Promise<T>;

/** A caller waits for the rest before its own work, not for the one after it. */
export function createThrottle(clock: Clock): Throttle {
  const turns = pLimit(1);
  let rest: Promise<void> = Promise.resolve();
  return (work) =>
    turns(async () => {
      await rest;
      const begun = clock.elapsedMs();
      try {
        return await work();
      } finally {
        rest = wait(clock, Math.min(REST_MAX_MS, clock.elapsedMs() - begun));
      }
    });
}
