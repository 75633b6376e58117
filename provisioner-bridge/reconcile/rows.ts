/** The reconciler's SQL. */
import { z } from "zod";
import type { EngineTenant } from "../engines/engine.ts";
import type { Query } from "../registry/database.ts";
import { type PlacedTenant, placed, tenantRowSchema } from "../registry/tenants.ts";

const registeredSchema = z.object({
  ...tenantRowSchema.pick({ resource_id: true, state: true }).shape,
  name: z.string(),
  settled: z.boolean(),
});
export type Registered = z.infer<typeof registeredSchema>;

/** Every named tenant of a server; `settled` says its row has not changed since `before`. */
export async function readRegistered(query: Query, server: string, before: Date): Promise<Registered[]> {
  const { rows } = await query.query(
    `SELECT resource_id, name, state, updated_at < $2 AS settled FROM tenants WHERE server = $1 AND name IS NOT NULL`,
    [server, before],
  );
  return z.array(registeredSchema).parse(rows);
}

/** The tenant if it still is in one of these states; read under its lock. */
export async function readInState(query: Query, resourceId: string, states: readonly string[]): Promise<PlacedTenant | null> {
  const { rows } = await query.query("SELECT to_jsonb(t) AS tenant FROM tenants t WHERE resource_id = $1 AND state = ANY($2)", [
    resourceId,
    states,
  ]);
  const parsed = z.array(z.object({ tenant: tenantRowSchema })).parse(rows);
  return parsed[0] === undefined ? null : placed(parsed[0].tenant);
}

export async function markDropped(query: Query, resourceId: string, at: Date): Promise<void> {
  await query.query("UPDATE tenants SET state = 'dropped', updated_at = $2 WHERE resource_id = $1", [resourceId, at]);
}

/** Deletes tombstones that are older than any late create. */
export async function purgeTombstones(query: Query, before: Date): Promise<number> {
  return (await query.query("DELETE FROM tenants WHERE state = 'dropped' AND updated_at < $1", [before])).rowCount ?? 0;
}

/** Records the tenants of a server that the registry does not know, and forgets those that are gone. Operators decide about them. */
export async function quarantine(query: Query, server: string, strangers: readonly EngineTenant[], at: Date): Promise<void> {
  await query.query(
    `WITH seen AS (
       INSERT INTO quarantine (server, name, is_whole, found_at, last_seen_at)
       SELECT $1, name, is_whole, $4, $4 FROM unnest($2::text[], $3::boolean[]) AS stranger (name, is_whole)
       ON CONFLICT (server, name) DO UPDATE SET is_whole = excluded.is_whole, last_seen_at = excluded.last_seen_at
     )
     DELETE FROM quarantine WHERE server = $1 AND name <> ALL($2::text[])`,
    [server, strangers.map((one) => one.name), strangers.map((one) => one.isWhole), at],
  );
}
