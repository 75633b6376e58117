/** What callers were told, and what follows from it for every resource anybody ever began. Pure. */

import type { Created } from "./client.ts";
import type { Visit } from "./hook.ts";

export type Ledger = {
  /** By resource id: every 201 a caller has read. */
  readonly acknowledged: Map<string, Created & { tryNumber: number }>;
  /** Resources expired on purpose. */
  readonly dropped: Set<string>;
  /** By idempotency key: the ids its answers named. */
  readonly idsOfKey: Map<string, Set<string>>;
  /** By resource id: the try whose shot fell on it. */
  readonly tryOf: Map<string, number>;
};

export function emptyLedger(): Ledger {
  return { acknowledged: new Map(), dropped: new Set(), idsOfKey: new Map(), tryOf: new Map() };
}

/**
 * What must be true of a resource in the end:
 * - `acknowledged`: a caller was told it works; it must be whole.
 * - `unheard`: its row was written and its answer was lost on the way; it must be whole and lives its day.
 * - `undecided`: its row was written and then another attempt began, which may have failed; whole or gone.
 * - `gone`: everything else anybody began.
 */
export type Expectation = "acknowledged" | "unheard" | "undecided" | "gone";

export function expectations(ledger: Ledger, visits: readonly Visit[]): Map<string, Expectation> {
  const expected = new Map<string, Expectation>();
  const created = visits.filter(({ point }) => point.startsWith(WORKER_CREATE));
  for (const [id, own] of Map.groupBy(created, (visit) => visit.resourceId)) expected.set(id, unacknowledged(own));
  for (const id of ledger.acknowledged.keys()) expected.set(id, "acknowledged");
  for (const id of ledger.dropped) expected.set(id, "gone");
  return expected;
}

const WORKER_CREATE = "worker.create.";
const FINISHED = "worker.create.after_finish";
const WRITTEN = "worker.create.after_insert";

/** @param visits the Worker's own steps with one create, in order */
function unacknowledged(visits: readonly Visit[]): Expectation {
  const points = visits.map(({ point }) => point);
  if (!points.includes(WRITTEN)) return "gone";
  const last = points.at(-1);
  return last === WRITTEN || last === FINISHED ? "unheard" : "undecided";
}
