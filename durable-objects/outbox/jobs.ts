/** The outbox's one table. A job is named by its resource, generation and verb, so that giving it twice keeps it once. */
import type { OutboxJob } from "../../contract/admission.ts";
import type { ResourceKind } from "../../contract/names.ts";

type Row = { resource_id: string; generation: number; verb: OutboxJob["verb"]; kind: ResourceKind; attempts: number };

function createTable(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS jobs (
      resource_id TEXT NOT NULL, generation INTEGER NOT NULL, verb TEXT NOT NULL, kind TEXT NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL, PRIMARY KEY (resource_id, generation, verb));
    CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due_at);`);
}

export function keepJobs(sql: SqlStorage, jobs: OutboxJob[], nowMs: number): void {
  createTable(sql);
  for (const job of jobs) {
    sql.exec(
      "INSERT INTO jobs (resource_id, generation, verb, kind, due_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      job.resourceId,
      job.generation,
      job.verb,
      job.kind,
      nowMs,
    );
  }
}

export function dueJobs(sql: SqlStorage, nowMs: number, limit: number): Array<OutboxJob & { attempts: number }> {
  createTable(sql);
  return sql
    .exec<Row>("SELECT resource_id, generation, verb, kind, attempts FROM jobs WHERE due_at <= ? ORDER BY due_at LIMIT ?", nowMs, limit)
    .toArray()
    .map((row) => ({ resourceId: row.resource_id, generation: row.generation, verb: row.verb, kind: row.kind, attempts: row.attempts }));
}

export function postponeJob(sql: SqlStorage, job: OutboxJob, dueAt: number): void {
  sql.exec(
    "UPDATE jobs SET attempts = attempts + 1, due_at = ? WHERE resource_id = ? AND generation = ? AND verb = ?",
    dueAt,
    job.resourceId,
    job.generation,
    job.verb,
  );
}

export function removeJob(sql: SqlStorage, job: OutboxJob): void {
  sql.exec("DELETE FROM jobs WHERE resource_id = ? AND generation = ? AND verb = ?", job.resourceId, job.generation, job.verb);
}

export function nextJobDue(sql: SqlStorage): number | null {
  createTable(sql);
  return sql.exec<{ due: number | null }>("SELECT min(due_at) AS due FROM jobs").one().due;
}
