/** Whether creates are coming thick and fast just now: then nobody fills the pool, the engine's time is theirs. */
import type { Clock } from "../ports/clock.ts";

/** So many creates begun within the window are a burst. */
export const BURST_CREATES = 4;
export const BURST_WINDOW_MS = 1_000;

export type Traffic = {
  /** A create has begun. */
  noteCreate(): void;
  isBurst(): boolean;
};

export function createTraffic(clock: Clock): Traffic {
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
