/** Runs passes, one after the other, with some jitter so that several bridges do not march in step. */
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { PassResult } from "./reconcile.ts";

/** Each pause is longer or shorter by up to this share. */
const JITTER = 0.2;

export type LoopDeps = { clock: Clock; random: Random; log: Log; metrics: Metrics; intervalMs: number; pass: () => Promise<PassResult> };

export type ReconcileLoop = {
  /** The next pass comes at once: a server has come back. While one runs, another follows it. */
  hurry(): void;
  /** Ends the loop; resolves when a pass that is under way has ended. */
  stop(): Promise<void>;
};

export function startReconcileLoop({ clock, random, log, metrics, intervalMs, pass }: LoopDeps): ReconcileLoop {
  let stopped = false;
  let hurried = false;
  let cancel = () => {};
  let running: Promise<void> | undefined;

  function schedule(): void {
    if (stopped) return;
    const pause = hurried ? 0 : intervalMs * (1 + JITTER * (2 * random.fraction() - 1));
    hurried = false;
    cancel = clock.after(pause, () => {
      running = once().finally(() => {
        running = undefined;
        schedule();
      });
    });
  }

  async function once(): Promise<void> {
    try {
      metrics.passDone((await pass()).outcome);
    } catch (err) {
      metrics.passDone("failed");
      log.error({ err }, "a reconcile pass failed");
    }
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
