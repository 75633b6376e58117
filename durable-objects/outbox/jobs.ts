/**
 * The outbox's tables. A drop is named by its resource and generation, so that giving it twice keeps it once; of limit jobs a
 * resource has one row, which only a newer one replaces, and none beside its drop.
 */
import type { DropJob, LimitJob, OutboxJob } from "../../contract/admission.ts";
import type { Access } from "../../contract/jobs.ts";
import { accessSchema, tenantLimitsSchema } from "../../contract/jobs.ts";
import type { ResourceKind } from "../../contract/kinds.ts";

type Row = {
  resource_id: string;
  generation: number;
  verb: OutboxJob["verb"];
  kind: ResourceKind;
  attempts: number;
  limits: string | null;
  access: Access | null;
};

const COLUMNS =
  "resource_id TEXT NOT NULL, generation INTEGER NOT NULL, kind TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL";

function createTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS jobs (${COLUMNS}, verb TEXT NOT NULL, PRIMARY KEY (resource_id, generation, verb));
    CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due_at);
    CREATE TABLE IF NOT EXISTS limit_jobs (${COLUMNS}, limits TEXT NOT NULL, access TEXT NOT NULL, PRIMARY KEY (resource_id));
    CREATE INDEX IF NOT EXISTS limit_jobs_due ON limit_jobs (due_at);`);
}

export function keepJobs(sql: SqlStorage, jobs: OutboxJob[], nowMs: number): void {
  createTables(sql);
  for (const job of jobs) {
    if (job.verb === "drop") keepDrop(sql, job, nowMs);
    else keepLimit(sql, job, nowMs);
  }
}

function keepDrop(sql: SqlStorage, { resourceId, generation, verb, kind }: DropJob, nowMs: number): void {
  sql.exec("DELETE FROM limit_jobs WHERE resource_id = ?", resourceId);
  sql.exec(
    "INSERT INTO jobs (resource_id, generation, verb, kind, due_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    resourceId,
    generation,
    verb,
    kind,
    nowMs,
  );
}

function keepLimit(sql: SqlStorage, { resourceId, generation, kind, limits, access }: LimitJob, nowMs: number): void {
  sql.exec(
    `INSERT INTO limit_jobs (resource_id, generation, kind, limits, access, due_at)
     SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE resource_id = ?1)
     ON CONFLICT (resource_id) DO UPDATE SET generation = excluded.generation, kind = excluded.kind, limits = excluded.limits,
       access = excluded.access, attempts = 0, due_at = excluded.due_at
     WHERE excluded.generation > limit_jobs.generation`,
    resourceId,
    generation,
    kind,
    JSON.stringify(limits),
    access,
    nowMs,
  );
}

export function dueJobs(sql: SqlStorage, nowMs: number, limit: number): Array<{ job: OutboxJob; attempts: number }> {
  createTables(sql);
  return sql
    .exec<Row>(
      `SELECT resource_id, generation, verb, kind, attempts, NULL AS limits, NULL AS access, due_at FROM jobs WHERE due_at <= ?1
       UNION ALL SELECT resource_id, generation, 'limit', kind, attempts, limits, access, due_at FROM limit_jobs WHERE due_at <= ?1
       ORDER BY due_at LIMIT ?2`,
      nowMs,
      limit,
    )
    .toArray()
    .map((row) => ({ job: jobOf(row), attempts: row.attempts }));
}

function jobOf({ resource_id: resourceId, generation, verb, kind, limits, access }: Row): OutboxJob {
  if (verb === "drop") return { resourceId, kind, generation, verb };
  return {
    resourceId,
    kind,
    generation,
    verb,
    limits: tenantLimitsSchema.parse(JSON.parse(limits ?? "")),
    access: accessSchema.parse(access),
  };
}

const TABLES = { drop: "jobs", limit: "limit_jobs" } as const satisfies Record<OutboxJob["verb"], string>;

/** A job that was replaced meanwhile has another generation and is left alone. */
export function postponeJob(sql: SqlStorage, { resourceId, generation, verb }: OutboxJob, dueAt: number): void {
  const text = `UPDATE ${TABLES[verb]} SET attempts = attempts + 1, due_at = ? WHERE resource_id = ? AND generation = ?`;
  sql.exec(text, dueAt, resourceId, generation);
}

export function removeJob(sql: SqlStorage, { resourceId, generation, verb }: OutboxJob): void {
  sql.exec(`DELETE FROM ${TABLES[verb]} WHERE resource_id = ? AND generation = ?`, resourceId, generation);
}

export function nextJobDue(sql: SqlStorage): number | null {
  createTables(sql);
  return sql
    .exec<{ due: number | null }>("SELECT min(due_at) AS due FROM (SELECT due_at FROM jobs UNION ALL SELECT due_at FROM limit_jobs)")
    .one().due;
}
