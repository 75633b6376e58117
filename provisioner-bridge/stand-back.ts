/** Sweeps stand back in a burst of creates: the server's time is theirs. */
import type { Clock } from "./ports/clock.ts";

const YIELD_MS = 250;
/** After so many it goes on all the same: a flood of creates must not stop what has to be done. */
const YIELDS_MAX = 8;

/** `isBusy`: true in a burst of creates. */
export type StandBackDeps = { clock: Clock; isBusy: () => boolean };

/** Resolves when the burst is over, or after two seconds. */
export async function standBack({ clock, isBusy }: StandBackDeps): Promise<void> {
  for (let yields = 0; isBusy() && yields < YIELDS_MAX; yields += 1) await wait(clock, YIELD_MS);
}

export function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
