/** Rows that say how the containers of serving releases do. */
import { z } from "zod";
import { type Failure, failureSchema, routeAccessSchema } from "../../contract/deploys.ts";
import type { ServiceState } from "../../contract/reports.ts";
import type { Query } from "./database.ts";

const stateRowSchema = z.object({
  service_id: z.uuid(),
  release: z.number().int(),
  restarts: z.number().int(),
  ends: z.number().int(),
  /** In milliseconds; Infinity: never. */
  restart_at: z.union([z.date().transform((at) => at.getTime()), z.literal(Number.POSITIVE_INFINITY)]).nullable(),
  running_since: z.date().nullable(),
  failure: failureSchema.nullable(),
  generation: z.number().int(),
  seq: z.number().int(),
});
export type StateRow = z.infer<typeof stateRowSchema>;

const servingSchema = z.object({
  service_id: z.uuid(),
  app_id: z.string(),
  generation: z.number().int(),
  release: z.number().int(),
  access: routeAccessSchema,
});
/** A service that should run, and what is known of its container; `state` is null when it has never ended by itself. */
export type Serving = z.infer<typeof servingSchema> & { state: StateRow | null };

/** Services that should run, that have a container on this bridge, and that no open operation is about to change. */
export async function readServing(query: Query, bridge: string): Promise<Serving[]> {
  const { rows } = await query.query<{ service: unknown; state: unknown }>(
    `SELECT to_jsonb(s) AS service, w.* FROM services s
     LEFT JOIN service_states w ON w.service_id = s.service_id AND w.release = s.release
     WHERE s.wanted = 'running' AND s.release IS NOT NULL AND s.access IS NOT NULL
       AND EXISTS (SELECT FROM releases r WHERE r.service_id = s.service_id AND r.release = s.release AND r.has_container)
       AND NOT EXISTS (SELECT FROM operations o WHERE o.service_id = s.service_id AND o.state IN ('queued', 'running'))
       AND (SELECT o.bridge FROM operations o WHERE o.service_id = s.service_id ORDER BY o.number DESC LIMIT 1) = $1`,
    [bridge],
  );
  return rows.map(({ service, ...state }) => ({
    ...servingSchema.parse(service),
    state: "seq" in state && state.seq !== null ? stateRowSchema.parse(state) : null,
  }));
}

export type Change = {
  ends: number;
  restarts: number;
  restart_at: number | null;
  running_since: Date | null;
  failure: Failure | null;
  /** The Worker is to hear of it. */
  isNews: boolean;
};

/** Does nothing where a newer operation or another process has changed the service meanwhile. @returns whether it was written */
export async function saveState(query: Query, { service_id, generation, release, state }: Serving, change: Change): Promise<boolean> {
  const restartAt = change.restart_at === Number.POSITIVE_INFINITY ? "infinity" : change.restart_at && new Date(change.restart_at);
  const { rowCount } = await query.query(
    `INSERT INTO service_states AS w (service_id, release, restarts, ends, restart_at, running_since, failure, generation, seq)
     SELECT service_id, $3, $4, $5, $6, $7, $8, $2, $9 FROM services s
     WHERE service_id = $1 AND generation = $2 AND release = $3 AND wanted = 'running'
     ON CONFLICT (service_id) DO UPDATE SET release = $3, restarts = $4, ends = $5, restart_at = $6, running_since = $7, failure = $8,
       generation = $2, seq = w.seq + $9
     WHERE w.release <> $3 OR w.seq = $10`,
    [
      service_id,
      generation,
      release,
      change.restarts,
      change.ends,
      restartAt,
      change.running_since,
      change.failure === null ? null : JSON.stringify(change.failure),
      change.isNews ? 1 : 0,
      state?.seq ?? 0,
    ],
  );
  return rowCount === 1;
}

/** Of the release that serves. */
export async function readRestarts(query: Query, serviceId: string): Promise<number> {
  const { rows } = await query.query(
    "SELECT w.restarts FROM service_states w JOIN services s USING (service_id) WHERE w.service_id = $1 AND w.release = s.release",
    [serviceId],
  );
  return rows[0] === undefined ? 0 : z.object({ restarts: z.number().int() }).parse(rows[0]).restarts;
}

const unreportedSchema = stateRowSchema.pick({ service_id: true, generation: true, release: true, seq: true, failure: true });

export async function readUnreportedStates(query: Query, limit: number): Promise<ServiceState[]> {
  const { rows } = await query.query(
    "SELECT service_id, generation, release, seq, failure FROM service_states WHERE reported_seq < seq LIMIT $1",
    [limit],
  );
  return z
    .array(unreportedSchema)
    .parse(rows)
    .map(({ failure, ...state }) => ({ ...state, failure }));
}

export async function noteStateReported(query: Query, { service_id, seq }: Pick<ServiceState, "service_id" | "seq">): Promise<void> {
  await query.query("UPDATE service_states SET reported_seq = greatest(reported_seq, $2) WHERE service_id = $1", [service_id, seq]);
}
