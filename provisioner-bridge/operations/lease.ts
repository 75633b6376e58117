/** A process's right to run one operation: a row with an end, renewed while the process lives. */
import type pg from "pg";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { withRegistry } from "../registry/database.ts";
import { type Held, LeaseLost, renewLease } from "../registry/operation-progress.ts";

/** Renewed this often within its length, so that a failed renewal can be tried again. */
const RENEWALS = 3;

export type LeaseDeps = { registry: pg.Pool; clock: Clock; leaseMs: number; log: Log };

/** Renews until `end` is called. Aborts `lost` when another process has the lease, or when it ran out without a renewal. */
export function keepLease({ registry, clock, leaseMs, log }: LeaseDeps, held: Held, lost: AbortController): { end(): void } {
  let isEnded = false;
  let until = clock.elapsedMs() + leaseMs;
  let cancel = () => {};

  async function renew(): Promise<void> {
    const begun = clock.elapsedMs();
    try {
      await withRegistry(registry, (client) => renewLease(client, held, new Date(clock.now().getTime() + leaseMs)));
      until = begun + leaseMs;
    } catch (err) {
      if (isEnded) return;
      log.warn({ err, operation_id: held.operationId }, "the lease of an operation was not renewed");
      if (err instanceof LeaseLost || clock.elapsedMs() >= until) return lost.abort(err);
    }
    schedule();
  }

  function schedule(): void {
    if (!isEnded) cancel = clock.after(leaseMs / RENEWALS, () => void renew());
  }

  schedule();
  return {
    end() {
      isEnded = true;
      cancel();
    },
  };
}
