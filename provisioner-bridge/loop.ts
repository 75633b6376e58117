/** Runs a piece of work again and again, one after the other, with some jitter so that several bridges do not run at the same time. */
import type { Clock } from "./ports/clock.ts";
import type { Random } from "./ports/random.ts";

/** Each pause is longer or shorter by up to this share. */
const JITTER = 0.2;

/** `pass` never rejects: errors are caught and logged inside. */
export type LoopDeps = { clock: Clock; random: Random; intervalMs: number; pass: () => Promise<void> };

export type Loop = {
  /** The next pass comes at once. While one runs, another follows it. */
  hurry(): void;
  /** Ends the loop; resolves when a pass that is under way has ended. */
  stop(): Promise<void>;
};

export function startLoop({ clock, random, intervalMs, pass }: LoopDeps): Loop {
  let stopped = false;
  let hurried = false;
  let cancel = () => {};
  let running: Promise<void> | undefined;

  function schedule(): void {
    if (stopped) return;
    const pause = hurried ? 0 : intervalMs * (1 + JITTER * (2 * random.fraction() - 1));
    hurried = false;
    cancel = clock.after(pause, () => {
      running = pass().finally(() => {
        running = undefined;
        schedule();
      });
    });
  }

  schedule();
  return {
    hurry() {
      hurried = true;
      if (running !== undefined) return;
      cancel();
      schedule();
    },
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}
