/** The reconciler's passes, each with its outcome in the metrics. */
import type { Log } from "../log.ts";
import { type Loop, type LoopDeps, startLoop } from "../loop.ts";
import type { Metrics } from "../metrics.ts";
import type { PassResult } from "./reconcile.ts";

export type ReconcileLoopDeps = Omit<LoopDeps, "pass"> & { log: Log; metrics: Metrics; pass: () => Promise<PassResult> };

export function startReconcileLoop({ log, metrics, pass, ...rest }: ReconcileLoopDeps): Loop {
  async function once(): Promise<void> {
    try {
      metrics.passDone((await pass()).outcome);
    } catch (err) {
      metrics.passDone("failed");
      log.error({ err }, "a reconcile pass failed");
    }
  }
  return startLoop({ ...rest, pass: once });
}
