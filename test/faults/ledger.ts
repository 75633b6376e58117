/** What callers were told, and what follows from it for every resource anybody ever began. Pure. */

import type { Created } from "./client.ts";
import type { Visit } from "./hook.ts";

export type Ledger = {
  /** By resource id: every 201 a caller has read. */
  readonly acknowledged: Map<string, Created & { tryNumber: number }>;
  /** Resources expired on purpose. */
  readonly dropped: Set<string>;
  /** Where the Worker was killed while it was at a point with this resource. */
  readonly workerKilledAt: Map<string, Visit>;
  /** By idempotency key: the ids its answers named. */
  readonly idsOfKey: Map<string, Set<string>>;
  /** By resource id: the try whose shot fell on it. */
  readonly tryOf: Map<string, number>;
};

export function emptyLedger(): Ledger {
  return { acknowledged: new Map(), dropped: new Set(), workerKilledAt: new Map(), idsOfKey: new Map(), tryOf: new Map() };
}

/**
 * What must be true of a resource in the end:
 * - `acknowledged`: a caller was told it works; it must be whole.
 * - `unheard`: its create was finished and the answer was lost on the way; it must be whole and lives its day.
 * - `undecided`: the Worker died between writing the row and hearing that the create counts; whole or gone.
 * - `gone`: everything else anybody began.
 */
export type Expectation = "acknowledged" | "unheard" | "undecided" | "gone";

export function expectations(ledger: Ledger, visits: readonly Visit[]): Map<string, Expectation> {
  const last = lastCreatePoints(visits);
  const expected = new Map<string, Expectation>();
  for (const [id, visit] of last) expected.set(id, unacknowledged(visit, ledger.workerKilledAt.get(id)));
  for (const id of ledger.acknowledged.keys()) expected.set(id, "acknowledged");
  for (const id of ledger.dropped) expected.set(id, "gone");
  return expected;
}

const WORKER_CREATE = "worker.create.";
const FINISHED = "worker.create.after_finish";
const WRITTEN = "worker.create.after_insert";

/** The Worker's last step with each create. */
function lastCreatePoints(visits: readonly Visit[]): Map<string, Visit> {
  const last = new Map<string, Visit>();
  for (const visit of visits) {
    if (!visit.point.startsWith(WORKER_CREATE)) continue;
    // A finished create stays finished, whatever a second attempt with its key is doing.
    if (last.get(visit.resourceId)?.point !== FINISHED) last.set(visit.resourceId, visit);
  }
  return last;
}

function unacknowledged(last: Visit, killed: Visit | undefined): Expectation {
  if (last.point === FINISHED) return "unheard";
  // Killed at this very point, it never asked whether the create counts.
  const askedNobody = killed !== undefined && killed.atMs === last.atMs;
  return last.point === WRITTEN && !askedNobody ? "undecided" : "gone";
}
