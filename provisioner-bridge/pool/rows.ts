/** Ready-made tenants in the registry: rows that no resource owns yet. All SQL of the pool except the hand-out's. */
import { z } from "zod";
import type { Query } from "../registry/database.ts";
import { type PlacedTenant, placed, tenantRowSchema } from "../registry/tenants.ts";
import type { NewTenant } from "../registry/transitions.ts";
import type { PoolCount } from "./target.ts";

/** Every row without a resource is the pool's; those removed are kept as tombstones for a while. */
const POOLED = "resource_id IS NULL AND state <> 'dropped'";

const tenantsSchema = z.array(z.object({ tenant: tenantRowSchema }));

export const places = (rows: unknown): PlacedTenant[] => tenantsSchema.parse(rows).map(({ tenant }) => placed(tenant));

/** Registers one that is about to be made. */
export async function beginFill(query: Query, tenant: Omit<NewTenant, "generation">, at: Date): Promise<void> {
  await query.query(
    `INSERT INTO tenants (tenant_id, engine, server, name, secret_id, generation, limits, state, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, 1, $6, 'filling', $7, $7)`,
    [tenant.tenantId, tenant.engine, tenant.server, tenant.name, tenant.secretId, JSON.stringify(tenant.limits), at],
  );
}

/** It has been made and used to connect: from here on it can be handed out. */
export async function finishFill(query: Query, tenantId: string, at: Date): Promise<void> {
  await query.query("UPDATE tenants SET state = 'ready', proved_at = $2, updated_at = $2 WHERE tenant_id = $1 AND state = 'filling'", [
    tenantId,
    at,
  ]);
}

const countSchema = z.tuple([
  z.object({ ready: z.number().int(), unowned: z.number().int(), demand: z.number().int(), recent: z.number().int() }),
]);

export type Since = { demand: Date; recent: Date; proof: Date };

/**
 * The size of an engine's pool, and the demand through any bridge: creates begun since `since.demand`, counted up to `most`
 * because more changes nothing, and of all engines since `since.recent`. A tenant proved before `since.proof` is not handed out.
 */
export async function countPool(
  query: Query,
  { engine, servers, since, most }: { engine: string; servers: readonly string[]; since: Since; most: number },
): Promise<PoolCount & { recent: number }> {
  const { rows } = await query.query(
    `SELECT count(*) FILTER (WHERE state = 'ready' AND server = ANY($2) AND proved_at > $6)::int AS ready, count(*)::int AS unowned,
            (SELECT count(*)::int FROM (SELECT 1 FROM job_journal j JOIN tenants t USING (resource_id)
               WHERE j.kind = 'create' AND j.started_at > $3 AND t.engine = $1 LIMIT $5) asked) AS demand,
            (SELECT count(*)::int FROM job_journal WHERE kind = 'create' AND started_at > $4) AS recent
     FROM tenants WHERE engine = $1 AND ${POOLED}`,
    [engine, servers, since.demand, since.recent, most, since.proof],
  );
  return countSchema.parse(rows)[0];
}

/** Ready ones on these servers whose proof is older than `before`, the oldest proof first. */
export async function findUnproved(
  query: Query,
  { engine, servers, before, limit }: { engine: string; servers: readonly string[]; before: Date; limit: number },
): Promise<string[]> {
  const { rows } = await query.query<{ tenant_id: string }>(
    `SELECT tenant_id FROM tenants WHERE engine = $1 AND ${POOLED} AND state = 'ready' AND server = ANY($2) AND proved_at < $3
     ORDER BY proved_at LIMIT $4`,
    [engine, servers, before, limit],
  );
  return rows.map(({ tenant_id }) => tenant_id);
}

/** Keeps it from being handed out until the transaction ends; null when it was handed out meanwhile. */
export async function holdReady(query: Query, tenantId: string): Promise<PlacedTenant | null> {
  const { rows } = await query.query(
    `SELECT to_jsonb(t) AS tenant FROM tenants t WHERE tenant_id = $1 AND ${POOLED} AND state = 'ready' FOR UPDATE SKIP LOCKED`,
    [tenantId],
  );
  return places(rows)[0] ?? null;
}

export async function markProved(query: Query, tenantId: string, at: Date): Promise<void> {
  await query.query("UPDATE tenants SET proved_at = $2 WHERE tenant_id = $1", [tenantId, at]);
}

/** Those on these servers whose making or removal began before `before` and never finished. */
export async function findUnfinished(
  query: Query,
  { engine, servers, before, limit }: { engine: string; servers: readonly string[]; before: Date; limit: number },
): Promise<PlacedTenant[]> {
  const { rows } = await query.query(
    `SELECT to_jsonb(t) AS tenant FROM tenants t
     WHERE engine = $1 AND ${POOLED} AND state IN ('filling', 'dropping') AND server = ANY($2) AND updated_at < $3
     ORDER BY updated_at LIMIT $4`,
    [engine, servers, before, limit],
  );
  return places(rows);
}

/** More than the bounds allow: the newest beyond `keep` are taken out of the pool. @returns those on these servers, to be removed now */
export async function takeOutSurplus(
  query: Query,
  { engine, servers, keep, limit }: { engine: string; servers: readonly string[]; keep: number; limit: number },
  at: Date,
): Promise<PlacedTenant[]> {
  const { rows } = await query.query(
    `UPDATE tenants t SET state = 'dropping', updated_at = $5
     WHERE ${POOLED} AND state = 'ready' AND server = ANY($2) AND tenant_id IN (
       SELECT tenant_id FROM tenants WHERE engine = $1 AND ${POOLED} AND state = 'ready' ORDER BY created_at OFFSET $3 LIMIT $4
     ) RETURNING to_jsonb(t) AS tenant`,
    [engine, servers, keep, limit, at],
  );
  return places(rows);
}

/**
 * Ready ones of servers this bridge does not have, and that no other has proved since `before`: their server has left the
 * configuration. They leave the pool; a bridge that has the server again removes them.
 */
export async function giveUpServers(query: Query, configured: readonly string[], before: Date, at: Date): Promise<number> {
  const { rowCount } = await query.query(
    `UPDATE tenants SET state = 'dropping', updated_at = $3
     WHERE ${POOLED} AND state = 'ready' AND server <> ALL($1) AND proved_at < $2`,
    [configured, before, at],
  );
  return rowCount ?? 0;
}

/** Takes it out of the pool so that it can be removed; false when it was handed out meanwhile. */
export async function beginDiscard(query: Query, tenantId: string, at: Date): Promise<boolean> {
  const { rowCount } = await query.query(`UPDATE tenants SET state = 'dropping', updated_at = $2 WHERE tenant_id = $1 AND ${POOLED}`, [
    tenantId,
    at,
  ]);
  return rowCount === 1;
}

/** It is removed from the engine. Its tombstone is deleted with those of resources. */
export async function finishDiscard(query: Query, tenantId: string, at: Date): Promise<void> {
  await query.query(`UPDATE tenants SET state = 'dropped', updated_at = $2 WHERE tenant_id = $1 AND ${POOLED} AND state = 'dropping'`, [
    tenantId,
    at,
  ]);
}
