/** Detects bursts of creates. During one, background work (filling pools, metering, drops) yields: the servers' time belongs to the creates. */
import { type Clock, wait } from "./ports/clock.ts";

/** This many creates begun within the window are a burst. */
export const BURST_CREATES = 4;
export const BURST_WINDOW_MS = 1_000;
const YIELD_MS = 250;
/** Background work continues after this many pauses: a constant flood of creates must not stop it. */
const YIELDS_MAX = 8;

export type BurstDetector = {
  /** A create has begun. */
  noteCreate(): void;
  isBurst(): boolean;
};

export function createBurstDetector(clock: Clock): BurstDetector {
  const begun: number[] = [];
  return {
    noteCreate() {
      begun.push(clock.elapsedMs());
      if (begun.length > BURST_CREATES) begun.shift();
    },
    isBurst() {
      const [oldest] = begun;
      return begun.length === BURST_CREATES && oldest !== undefined && clock.elapsedMs() - oldest < BURST_WINDOW_MS;
    },
  };
}

/** Resolves when the burst is over, or after two seconds. */
export async function yieldToCreates({ clock, isBurst }: { clock: Clock; isBurst: () => boolean }): Promise<void> {
  for (let yields = 0; isBurst() && yields < YIELDS_MAX; yields += 1) await wait(clock, YIELD_MS);
}
