/** Ready-made tenants in the registry: rows that no resource owns yet. All SQL of the pool. */
import { z } from "zod";
import type { TenantLimits } from "../../contract/jobs.ts";
import type { Query } from "../registry/database.ts";
import { type PlacedTenant, placed, tenantRowSchema } from "../registry/tenants.ts";
import { type JournaledJob, jobParameters, type NewTenant } from "../registry/transitions.ts";

/** What the journal keeps of a create that is done with the hand-out. */
const HANDED_OUT = { state: "active", rotation: 0, cold: false };

const tenantsSchema = z.array(z.object({ tenant: tenantRowSchema }));

const places = (rows: unknown): PlacedTenant[] => tenantsSchema.parse(rows).map(({ tenant }) => placed(tenant));

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

/**
 * Hands the oldest ready tenant out, in one statement with the journal of its create. Several bridges never get the same one.
 * One made with the very limits that are wanted is `active` at once and the job done; another is `creating`: its limits are still
 * to be set. @returns null when none is ready
 */
export async function handOut(
  query: Query,
  job: JournaledJob,
  wanted: { engine: string; generation: number; limits: TenantLimits },
): Promise<PlacedTenant | null> {
  const { rows } = await query.query(
    `WITH picked AS (
       SELECT tenant_id, limits = $9::jsonb AS fits FROM tenants WHERE engine = $7 AND state = 'ready' AND resource_id IS NULL
       ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
     ), job AS (
       INSERT INTO job_journal (jti, resource_id, kind, content_hash, state, request_id, started_at, finished_at, outcome)
       SELECT $1, $2, $3, $4, CASE WHEN fits THEN 'done' ELSE 'running' END, $5, $6, CASE WHEN fits THEN $6::timestamptz END,
         CASE WHEN fits THEN $10::jsonb END
       FROM picked
       ON CONFLICT (jti) DO UPDATE
         SET state = excluded.state, attempts = job_journal.attempts + 1, request_id = excluded.request_id,
             started_at = excluded.started_at, finished_at = excluded.finished_at, outcome = excluded.outcome, refusal = NULL
     )
     UPDATE tenants t SET resource_id = $2, generation = $8, limits = $9, updated_at = $6,
       state = CASE WHEN fits THEN 'active' ELSE 'creating' END
     FROM picked WHERE t.tenant_id = picked.tenant_id RETURNING to_jsonb(t) AS tenant`,
    [...jobParameters(job), wanted.engine, wanted.generation, JSON.stringify(wanted.limits), JSON.stringify(HANDED_OUT)],
  );
  return places(rows)[0] ?? null;
}

const countSchema = z.tuple([z.object({ ready: z.number().int(), demand: z.number().int() })]);

/** How many stand ready, and how many creates of this engine began since `since`. */
export async function countPool(query: Query, engine: string, since: Date): Promise<{ ready: number; demand: number }> {
  const { rows } = await query.query(
    `SELECT (SELECT count(*)::int FROM tenants WHERE engine = $1 AND resource_id IS NULL AND state = 'ready') AS ready,
            (SELECT count(*)::int FROM job_journal j JOIN tenants t USING (resource_id)
             WHERE j.kind = 'create' AND j.started_at > $2 AND t.engine = $1) AS demand`,
    [engine, since],
  );
  return countSchema.parse(rows)[0];
}

/** Ready ones whose proof is older than `before`, the oldest first, and ones that somebody began before `before` and never finished. */
export async function findDoubtful(
  query: Query,
  engine: string,
  before: { proof: Date; fill: Date },
  limit: number,
): Promise<PlacedTenant[]> {
  const { rows } = await query.query(
    `SELECT to_jsonb(t) AS tenant FROM tenants t
     WHERE engine = $1 AND resource_id IS NULL
       AND ((state = 'ready' AND proved_at < $2) OR (state IN ('filling', 'dropping') AND updated_at < $3))
     ORDER BY coalesce(proved_at, created_at) LIMIT $4`,
    [engine, before.proof, before.fill, limit],
  );
  return places(rows);
}

export async function markProved(query: Query, tenantId: string, at: Date): Promise<void> {
  await query.query("UPDATE tenants SET proved_at = $2 WHERE tenant_id = $1 AND state = 'ready' AND resource_id IS NULL", [tenantId, at]);
}

/** Takes it out of the pool so that it can be removed; false when it was handed out meanwhile. */
export async function beginDiscard(query: Query, tenantId: string, at: Date): Promise<boolean> {
  const { rowCount } = await query.query(
    "UPDATE tenants SET state = 'dropping', updated_at = $2 WHERE tenant_id = $1 AND resource_id IS NULL",
    [tenantId, at],
  );
  return rowCount === 1;
}

/** The engine has nothing of it any more, and nobody ever knew it: no tombstone is needed. */
export async function finishDiscard(query: Query, tenantId: string): Promise<void> {
  await query.query("DELETE FROM tenants WHERE tenant_id = $1 AND resource_id IS NULL AND state = 'dropping'", [tenantId]);
}
