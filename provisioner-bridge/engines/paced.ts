/** Work that weighs on a server: one piece at a time, and between two of them a rest, so that others find it at rest half of the time. */
import pLimit from "p-limit";
import type { Clock } from "../ports/clock.ts";
import { wait } from "../stand-back.ts";

/** The rest is as long as the work was, but a slow server must not make a backlog wait for hours. */
export const REST_MAX_MS = 250;

export type Paced = <T>(work: () => Promise<T>) => Promise<T>;

/** Nobody waits for the rest after his own work, only for the one before it. */
export function createPaced(clock: Clock): Paced {
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
