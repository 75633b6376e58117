/** What the holder of an operation's lease writes. Every statement does nothing when the lease belongs to another process. */
import type { Failure } from "../../contract/deploys.ts";
import type { Query } from "./database.ts";

export type Held = { operationId: string; holder: string };

/** Another process has taken the operation over: this one must stop its work. */
export class LeaseLost extends Error {
  constructor() {
    super("another process runs this operation");
    this.name = "LeaseLost";
  }
}

async function held(query: Query, text: string, { operationId, holder }: Held, values: readonly unknown[] = []): Promise<void> {
  const { rowCount } = await query.query(`UPDATE operations SET ${text} WHERE operation_id = $1 AND holder = $2`, [
    operationId,
    holder,
    ...values,
  ]);
  if (rowCount !== 1) throw new LeaseLost();
}

/** @returns whether the operation is to reach its goal: false when its service is to be deleted */
export async function renewLease(query: Query, lease: Held, until: Date): Promise<{ isWanted: boolean }> {
  await held(query, "lease_until = $3", lease, [until]);
  const { rowCount } = await query.query(
    `SELECT FROM operations o JOIN services s USING (service_id)
     WHERE o.operation_id = $1 AND o.verb <> 'delete' AND s.wanted = 'deleted'`,
    [lease.operationId],
  );
  return { isWanted: rowCount === 0 };
}

/** Before each try of a step. The same step again is no news. */
export function noteStep(query: Query, lease: Held, step: string): Promise<void> {
  return held(
    query,
    `step = $3, attempts = CASE WHEN step = $3 THEN attempts + 1 ELSE 1 END,
     seq = seq + CASE WHEN step IS DISTINCT FROM $3 THEN 1 ELSE 0 END`,
    lease,
    [step],
  );
}

/** Before each try of a step that clears up: the goal of the operation is reached. */
export function noteAfterwork(query: Query, lease: Held, step: string): Promise<void> {
  return held(query, "step = $3, is_reached = true, seq = seq + CASE WHEN is_reached THEN 0 ELSE 1 END", lease, [step]);
}

/** The image exists, or none will: the place for builds is free. */
export function noteBuilt(query: Query, lease: Held): Promise<void> {
  return held(query, "is_building = false", lease);
}

/** The operation has failed: steps are undone from `undoStep` on. */
export function noteFailure(query: Query, lease: Held, failure: Failure, undoStep: string): Promise<void> {
  return held(query, "failure = $3, undo_step = $4, is_building = false", lease, [JSON.stringify(failure), undoStep]);
}

export function noteUndo(query: Query, lease: Held, undoStep: string): Promise<void> {
  return held(query, "undo_step = $3", lease, [undoStep]);
}

/** The end. The plan with its secrets is deleted. */
export function finishOperation(query: Query, lease: Held, state: "succeeded" | "failed", at: Date): Promise<void> {
  return held(
    query,
    `state = $3, plan = NULL, is_building = false, queue_position = NULL, holder = NULL, lease_until = NULL,
     finished_at = $4, seq = seq + CASE WHEN is_reached THEN 0 ELSE 1 END`,
    lease,
    [state, at],
  );
}

/** Lets another process go on at once. The try that was broken off does not count. */
export async function giveBack(query: Query, { operationId, holder }: Held): Promise<void> {
  await query.query(
    "UPDATE operations SET holder = NULL, lease_until = NULL, attempts = greatest(attempts - 1, 0) WHERE operation_id = $1 AND holder = $2",
    [operationId, holder],
  );
}
