/** The hand-out: a ready-made tenant becomes a resource's, in one statement with the journal of its create. */

import { z } from "zod";
import { codeOf } from "../../contract/causes.ts";
import { type TenantLimits, tenantLimitsSchema } from "../../contract/jobs.ts";
import type { Query } from "../registry/database.ts";
import { TRY_RESOURCE_LOCK } from "../registry/lock.ts";
import type { PlacedTenant } from "../registry/tenants.ts";
import { type JournaledJob, jobParameters } from "../registry/transitions.ts";
import { places } from "./rows.ts";
import { PROOF_LIFETIME_MS } from "./upkeep.ts";

/** The outcome that the journal keeps of a hand-out. */
const HANDED_OUT = { state: "active", rotation: 0, cold: false };
/** Upkeep proves a tenant twice in this time. A tenant whose proof is older is not handed out until it is proved again. */
export const PROOF_MAX_MS = 2 * PROOF_LIFETIME_MS;
const UNIQUE_VIOLATION = "23505";

export type Wanted = {
  engine: string;
  generation: number;
  limits: TenantLimits;
  /** The limits it was made with. */
  madeWith: TenantLimits;
  /** Where it may be: servers that have room. */
  servers: readonly string[];
};

/**
 * What both statements share: the parameters of the job, then what is wanted. The tenant's creation time is that of the hand-out, not
 * of the filling: by its age the Worker tells whether a create may still be writing its row.
 */
const handOutOf = (condition: string) => `
  picked AS (
    SELECT tenant_id, $9::jsonb = $11::jsonb AS fits FROM tenants
    WHERE engine = $7 AND state = 'ready' AND resource_id IS NULL AND limits = $11::jsonb AND server = ANY($12) AND proved_at > $13${condition}
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
  UPDATE tenants t SET resource_id = $2, generation = $8, limits = $9, created_at = $6, updated_at = $6,
    state = CASE WHEN fits THEN 'active' ELSE 'creating' END
  FROM picked WHERE t.tenant_id = picked.tenant_id RETURNING to_jsonb(t) AS tenant`;

/** Under the resource's lock, which the caller holds; the resource is new. */
const LOCKED = { name: "hand_out_locked", text: `WITH ${handOutOf("")}` };
/**
 * Takes the resource's lock itself, or hands out nothing. It does not see what another job did between its snapshot and its lock:
 * then the uniqueness of the resource refuses the UPDATE.
 */
const LOCKING = {
  name: "hand_out_locking",
  text: `WITH turn AS MATERIALIZED (${TRY_RESOURCE_LOCK("$14")}), ${handOutOf(`
      AND (SELECT mine FROM turn)
      AND NOT EXISTS (SELECT 1 FROM tenants known WHERE known.resource_id = $2) AND NOT EXISTS (SELECT 1 FROM job_journal WHERE jti = $1)`)}`,
};

function parameters(job: JournaledJob, wanted: Wanted): unknown[] {
  return [
    ...jobParameters(job),
    wanted.engine,
    wanted.generation,
    JSON.stringify(wanted.limits),
    JSON.stringify(HANDED_OUT),
    JSON.stringify(wanted.madeWith),
    wanted.servers,
    new Date(job.at.getTime() - PROOF_MAX_MS),
  ];
}

/**
 * Hands the oldest ready tenant out. Several bridges never get the same one. A tenant made with the wanted limits is `active` at once
 * and the job done; any other is `creating`: its limits are still to be set.
 * @param lock "lock is held": by the caller, who knows that the resource is new. "takes the lock": the statement takes it itself.
 * @returns null when none is ready; when the statement takes the lock, also when the resource is not new or another job holds the lock
 */
export async function handOut(
  query: Query,
  job: JournaledJob,
  wanted: Wanted,
  lock: "takes the lock" | "lock is held",
): Promise<PlacedTenant | null> {
  const values = parameters(job, wanted);
  const statement = lock === "lock is held" ? { ...LOCKED, values } : { ...LOCKING, values: [...values, job.resourceId] };
  try {
    return places((await query.query(statement)).rows)[0] ?? null;
  } catch (error) {
    if (lock === "takes the lock" && codeOf(error) === UNIQUE_VIOLATION) return null;
    throw error;
  }
}

const readySchema = z.array(z.object({ server: z.string(), limits: tenantLimitsSchema }));

/** The servers among these that have a ready tenant, with the limits of the oldest on each. */
export async function findReady(
  query: Query,
  engine: string,
  servers: readonly string[],
): Promise<{ server: string; limits: TenantLimits }[]> {
  const { rows } = await query.query(
    `SELECT DISTINCT ON (server) server, limits FROM tenants
     WHERE engine = $1 AND state = 'ready' AND resource_id IS NULL AND server = ANY($2) ORDER BY server, created_at`,
    [engine, servers],
  );
  return readySchema.parse(rows);
}
