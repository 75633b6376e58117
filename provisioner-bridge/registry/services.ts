/** Rows of services: what the newest operation asked for, and which release serves. */
import { z } from "zod";
import { type RouteAccess, routeAccessSchema } from "../../contract/deploys.ts";
import type { Query } from "./database.ts";

const serviceRowSchema = z.object({
  service_id: z.uuid(),
  team_id: z.uuid(),
  app_id: z.string(),
  generation: z.number().int(),
  wanted: z.enum(["running", "stopped", "deleted"]),
  release: z.number().int().nullable(),
  access: routeAccessSchema.nullable(),
});
export type ServiceRow = z.infer<typeof serviceRowSchema>;

export async function readService(query: Query, serviceId: string): Promise<ServiceRow | null> {
  const { rows } = await query.query("SELECT * FROM services WHERE service_id = $1", [serviceId]);
  return rows[0] === undefined ? null : serviceRowSchema.parse(rows[0]);
}

export type NewService = { serviceId: string; teamId: string; appId: string; generation: number; at: Date };

/** The row, locked until the transaction ends. A service that is seen for the first time gets one. */
export async function lockService(query: Query, service: NewService): Promise<ServiceRow> {
  await query.query(
    `INSERT INTO services (service_id, team_id, app_id, generation, wanted, created_at, updated_at) VALUES ($1, $2, $3, $4, 'stopped', $5, $5)
     ON CONFLICT (service_id) DO NOTHING`,
    [service.serviceId, service.teamId, service.appId, service.generation, service.at],
  );
  const { rows } = await query.query("SELECT * FROM services WHERE service_id = $1 FOR UPDATE", [service.serviceId]);
  return serviceRowSchema.parse(rows[0]);
}

/** An operation of this generation was accepted. `wanted` null: it asks for no other state. */
export async function noteGeneration(
  query: Query,
  serviceId: string,
  change: { generation: number; wanted: ServiceRow["wanted"] | null; at: Date },
): Promise<void> {
  await query.query("UPDATE services SET generation = $2, wanted = coalesce($3, wanted), updated_at = $4 WHERE service_id = $1", [
    serviceId,
    change.generation,
    change.wanted,
    change.at,
  ]);
}

/** The route leads to this release. */
export async function noteServed(
  query: Query,
  serviceId: string,
  { release, access, at }: { release: number; access: RouteAccess; at: Date },
): Promise<void> {
  await query.query(
    `WITH served AS (UPDATE releases SET served_at = coalesce(served_at, $4) WHERE service_id = $1 AND release = $2)
     UPDATE services SET release = $2, access = $3, updated_at = $4 WHERE service_id = $1`,
    [serviceId, release, JSON.stringify(access), at],
  );
}

export async function noteAccess(query: Query, serviceId: string, access: RouteAccess, at: Date): Promise<void> {
  await query.query("UPDATE services SET access = $2, updated_at = $3 WHERE service_id = $1", [serviceId, JSON.stringify(access), at]);
}

/** Services whose container should run, was not stopped for good, and which no open operation is about to change. */
export async function servicesThatShouldRun(query: Query): Promise<ServiceRow[]> {
  const { rows } = await query.query(
    `SELECT * FROM services s WHERE wanted = 'running' AND release IS NOT NULL
       AND NOT EXISTS (SELECT FROM operations o WHERE o.service_id = s.service_id AND o.state IN ('queued', 'running'))
       AND NOT EXISTS (SELECT FROM service_states w WHERE w.service_id = s.service_id AND w.release = s.release AND w.restart_at = 'infinity')
     ORDER BY updated_at DESC`,
  );
  return z.array(serviceRowSchema).parse(rows);
}

/** Nothing is left of the service but this row. */
export async function noteDeleted(query: Query, serviceId: string, at: Date): Promise<void> {
  await query.query(
    `WITH gone AS (DELETE FROM releases WHERE service_id = $1)
     UPDATE services SET release = NULL, access = NULL, deleted_at = coalesce(deleted_at, $2), updated_at = $2 WHERE service_id = $1`,
    [serviceId, at],
  );
}

/** Forgets services that were deleted before `before`: no job about them can still be on its way. */
export async function purgeTombstones(query: Query, before: Date): Promise<void> {
  await query.query("DELETE FROM services WHERE deleted_at < $1", [before]);
}
