/** A process's right to run one operation: a row with an end, renewed while the process lives. */
import type pg from "pg";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { withRegistry } from "../registry/database.ts";
import { type Held, LeaseLost, renewLease } from "../registry/operation-progress.ts";

/** Renewed this often within its length, so that a failed renewal can be tried again. */
const RENEWALS = 3;

/** The service is to be deleted: what the operation has made is undone. */
export class Cancelled extends Error {
  constructor() {
    super("the service of this operation is to be deleted");
    this.name = "Cancelled";
  }
}

export type LeaseDeps = { registry: pg.Pool; clock: Clock; leaseMs: number; log: Log };

export type Kept = {
  /** Renews at once. */
  hurry(): Promise<void>;
  end(): void;
};

/**
 * Renews until `end` is called. Aborts `lost` when another process has the lease, or when it ran out without a renewal; `cancelled` when
 * the operation's service is to be deleted.
 */
export function keepLease(
  { registry, clock, leaseMs, log }: LeaseDeps,
  held: Held,
  { lost, cancelled }: { lost: AbortController; cancelled: AbortController },
): Kept {
  let isEnded = false;
  let until = clock.elapsedMs() + leaseMs;
  let cancel = () => {};

  async function renew(): Promise<void> {
    cancel();
    const begun = clock.elapsedMs();
    try {
      const lease = new Date(clock.now().getTime() + leaseMs);
      const { isWanted } = await withRegistry(registry, (client) => renewLease(client, held, lease));
      until = begun + leaseMs;
      if (!isWanted) cancelled.abort(new Cancelled());
    } catch (err) {
      if (isEnded) return;
      log.warn({ err, operation_id: held.operationId }, "the lease of an operation was not renewed");
      if (err instanceof LeaseLost || clock.elapsedMs() >= until) return lost.abort(err);
    }
    schedule();
  }

  function schedule(): void {
    cancel();
    if (!isEnded) cancel = clock.after(leaseMs / RENEWALS, () => void renew());
  }

  schedule();
  return {
    hurry: renew,
    end() {
      isEnded = true;
      cancel();
    },
  };
}
