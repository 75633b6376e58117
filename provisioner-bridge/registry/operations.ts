/** Rows of operations: acceptance, state, and what has been reported of it. */
import { z } from "zod";
import { failureSchema } from "../../contract/deploys.ts";
import { type OperationStatus, type OperationVerb, operationStateSchema } from "../../contract/operations.ts";
import type { Query } from "./database.ts";

const operationRowSchema = z.object({
  operation_id: z.uuid(),
  service_id: z.uuid(),
  generation: z.number().int(),
  verb: z.enum(["deploy", "stop", "access", "delete"]),
  release: z.number().int().nullable(),
  is_building: z.boolean(),
  state: operationStateSchema,
  step: z.string().nullable(),
  is_reached: z.boolean(),
  queue_position: z.number().int().nullable(),
  failure: failureSchema.nullable(),
  seq: z.number().int(),
});
export type OperationRow = z.infer<typeof operationRowSchema>;

const FIELDS = Object.keys(operationRowSchema.shape).join(", ");

/** The row as it is reported: a step while it runs or is being undone, a failure when everything is undone, success without clearing up. */
export function statusOf(row: OperationRow): OperationStatus {
  const { operation_id, service_id, seq } = row;
  const state = row.is_reached ? "succeeded" : row.state;
  return {
    operation_id,
    service_id,
    seq,
    state,
    step: state === "running" ? row.step : null,
    queue_position: state === "queued" ? (row.queue_position ?? 0) : null,
    failure: state === "failed" ? row.failure : null,
  };
}

export type NewOperation = {
  operationId: string;
  bridge: string;
  serviceId: string;
  teamId: string;
  generation: number;
  verb: OperationVerb;
  release: number | null;
  plan: string;
  isBuilding: boolean;
  at: Date;
};

export async function insertOperation(query: Query, operation: NewOperation): Promise<void> {
  await query.query(
    `INSERT INTO operations (operation_id, bridge, service_id, team_id, generation, verb, release, plan, is_building, state, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', $10)`,
    [
      operation.operationId,
      operation.bridge,
      operation.serviceId,
      operation.teamId,
      operation.generation,
      operation.verb,
      operation.release,
      operation.plan,
      operation.isBuilding,
      operation.at,
    ],
  );
}

/** Operations of the service that have not begun need no place for builds: they start, and end at once because they are cancelled. */
export async function giveUpBuilding(query: Query, serviceId: string): Promise<void> {
  await query.query("UPDATE operations SET is_building = false WHERE service_id = $1 AND state = 'queued'", [serviceId]);
}

export async function readOperations(query: Query, bridge: string, ids: readonly string[]): Promise<OperationRow[]> {
  const { rows } = await query.query(`SELECT ${FIELDS} FROM operations WHERE bridge = $1 AND operation_id = ANY($2::uuid[])`, [
    bridge,
    ids,
  ]);
  return z.array(operationRowSchema).parse(rows);
}

/** The service's newest operation that builds or has built; or the one named. Null when there is none. */
export async function readBuild(query: Query, serviceId: string, operationId: string | null): Promise<OperationRow | null> {
  const { rows } = await query.query(
    `SELECT ${FIELDS} FROM operations WHERE service_id = $1 AND verb = 'deploy' AND ($2::uuid IS NULL OR operation_id = $2)
     ORDER BY number DESC LIMIT 1`,
    [serviceId, operationId],
  );
  return rows[0] === undefined ? null : operationRowSchema.parse(rows[0]);
}

/** Operations with a status that the Worker has not taken, in order of arrival. */
export async function readUnreported(query: Query, bridge: string, limit: number): Promise<OperationRow[]> {
  const { rows } = await query.query(`SELECT ${FIELDS} FROM operations WHERE bridge = $1 AND reported_seq < seq ORDER BY number LIMIT $2`, [
    bridge,
    limit,
  ]);
  return z.array(operationRowSchema).parse(rows);
}

export async function noteReported(query: Query, operationId: string, seq: number): Promise<void> {
  await query.query("UPDATE operations SET reported_seq = greatest(reported_seq, $2) WHERE operation_id = $1", [operationId, seq]);
}

/** Forgets operations that ended before `before`, also those that no Worker would take a report of. */
export async function purgeOperations(query: Query, before: Date): Promise<void> {
  await query.query("DELETE FROM operations WHERE finished_at < $1", [before]);
}
