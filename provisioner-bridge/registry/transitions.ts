/** Changes of a tenant together with the journal of the job that makes them: each is one statement, so both happen or neither. */
import type { Access, JobKind, TenantLimits } from "../../contract/jobs.ts";
import type { Query } from "./database.ts";
import type { TenantState } from "./tenants.ts";

/** The job as the journal keeps it. */
export type JournaledJob = { jti: string; kind: JobKind; contentHash: string; resourceId: string; requestId: string; at: Date };

export type NewTenant = {
  tenantId: string;
  engine: string;
  server: string;
  name: string;
  secretId: string;
  generation: number;
  limits: TenantLimits;
};

/** Parameters $1 to $6 of every statement that begins a job. */
export const BEGIN_JOB = `
  WITH job AS (
    INSERT INTO job_journal (jti, resource_id, kind, content_hash, state, request_id, started_at)
    VALUES ($1, $2, $3, $4, 'running', $5, $6)
    ON CONFLICT (jti) DO UPDATE
      SET state = 'running', attempts = job_journal.attempts + 1, request_id = excluded.request_id,
          started_at = excluded.started_at, finished_at = NULL, refusal = NULL
  )`;

export function jobParameters(job: JournaledJob): unknown[] {
  return [job.jti, job.resourceId, job.kind, job.contentHash, job.requestId, job.at];
}

/** Registers a tenant that is about to be made. */
export async function beginCreate(query: Query, job: JournaledJob, tenant: NewTenant): Promise<void> {
  await query.query(
    `${BEGIN_JOB}
     INSERT INTO tenants (tenant_id, resource_id, engine, server, name, secret_id, generation, limits, state, created_at, updated_at)
     VALUES ($7, $2, $8, $9, $10, $11, $12, $13, 'creating', $6, $6)`,
    [
      ...jobParameters(job),
      tenant.tenantId,
      tenant.engine,
      tenant.server,
      tenant.name,
      tenant.secretId,
      tenant.generation,
      JSON.stringify(tenant.limits),
    ],
  );
}

/** Journals another try of a job whose tenant is registered already. */
export async function beginAgain(query: Query, job: JournaledJob): Promise<void> {
  await query.query(`${BEGIN_JOB} SELECT 1`, jobParameters(job));
}

/** From here on the tenant is being dropped, even if this job fails. */
export async function beginDrop(query: Query, job: JournaledJob, generation: number): Promise<void> {
  await query.query(
    `${BEGIN_JOB} UPDATE tenants SET state = 'dropping', generation = greatest(generation, $7), updated_at = $6 WHERE resource_id = $2`,
    [...jobParameters(job), generation],
  );
}

/** A drop that came before its create leaves a tombstone, so that the late create is refused. */
export async function buryUnborn(
  query: Query,
  job: JournaledJob,
  tomb: { tenantId: string; engine: string; generation: number },
): Promise<void> {
  await query.query(
    `${BEGIN_JOB}
     INSERT INTO tenants (tenant_id, resource_id, engine, generation, state, created_at, updated_at)
     VALUES ($7, $2, $8, $9, 'dropped', $6, $6)`,
    [...jobParameters(job), tomb.tenantId, tomb.engine, tomb.generation],
  );
}

/** What the next password is derived from is written before the engine gets its verifier. */
export async function beginRotate(
  query: Query,
  job: JournaledJob,
  next: { generation: number; rotation: number; secretId: string },
): Promise<void> {
  await query.query(
    `${BEGIN_JOB} UPDATE tenants SET generation = $7, rotation = $8, secret_id = $9, updated_at = $6 WHERE resource_id = $2`,
    [...jobParameters(job), next.generation, next.rotation, next.secretId],
  );
}

export async function beginLimit(
  query: Query,
  job: JournaledJob,
  next: { generation: number; limits: TenantLimits; access: Access },
): Promise<void> {
  await query.query(
    `${BEGIN_JOB} UPDATE tenants SET generation = $7, limits = $8, access = $9, cut_at = NULL, updated_at = $6 WHERE resource_id = $2`,
    [...jobParameters(job), next.generation, JSON.stringify(next.limits), next.access],
  );
}

/** The job is done: its tenant's state and its outcome, which must hold no secret. */
export async function finishJob(query: Query, job: JournaledJob, state: TenantState, outcome: object): Promise<void> {
  await query.query(
    `WITH job AS (UPDATE job_journal SET state = 'done', outcome = $2, finished_at = $3 WHERE jti = $1)
     UPDATE tenants SET state = $4, updated_at = $3 WHERE resource_id = $5`,
    [job.jti, JSON.stringify(outcome), job.at, state, job.resourceId],
  );
}
