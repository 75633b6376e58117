/**
 * The jobs in the outbox's table. A job is `due` until it is done or has failed too often; then it is `dead` and waits to be revived.
 * Changes name the generation they mean, so that a job which was replaced meanwhile is left alone.
 */
import { type DeadJob, type OutboxJob, type OutboxState, outboxJobSchema } from "../../contract/outbox.ts";

/** A job as the table names it. */
export type JobName = { target: string; verb: string; generation: number };
/** `job` is null when its payload does not fit its verb. */
export type DueJob = JobName & { attempts: number; job: OutboxJob | null };

export function keepJobs(sql: SqlStorage, jobs: OutboxJob[], nowMs: number): void {
  for (const job of jobs) keepJob(sql, job, nowMs);
}

/** The newest generation of a verb replaces an older one, dead or not. A drop ends the other verbs and lets none in after it. */
function keepJob(sql: SqlStorage, { resourceId, verb, generation, ...payload }: OutboxJob, nowMs: number): void {
  if (verb === "drop") sql.exec("DELETE FROM outbox WHERE target = ? AND verb <> 'drop'", resourceId);
  sql.exec(
    `INSERT INTO outbox (target, verb, generation, payload, given_at, due_at)
     SELECT ?1, ?2, ?3, ?4, ?5, ?5 WHERE ?2 = 'drop' OR NOT EXISTS (SELECT 1 FROM outbox WHERE target = ?1 AND verb = 'drop')
     ON CONFLICT (target, verb) DO UPDATE SET generation = excluded.generation, payload = excluded.payload, state = 'due', attempts = 0,
       given_at = excluded.given_at, due_at = excluded.due_at, last_error = NULL, tried_at = NULL
     WHERE excluded.generation > outbox.generation`,
    resourceId,
    verb,
    generation,
    JSON.stringify(payload),
    nowMs,
  );
}

type DueRow = JobName & { attempts: number; payload: string };

export function dueJobs(sql: SqlStorage, nowMs: number, limit: number): DueJob[] {
  const rows = sql.exec<DueRow>(
    "SELECT target, verb, generation, attempts, payload FROM outbox WHERE due_at <= ? ORDER BY due_at LIMIT ?",
    nowMs,
    limit,
  );
  return rows.toArray().map(({ payload, ...row }) => ({ ...row, job: jobOf(row, payload) }));
}

function jobOf({ target, verb, generation }: JobName, payload: string): OutboxJob | null {
  const parsed = outboxJobSchema.safeParse({ resourceId: target, verb, generation, ...JSON.parse(payload) });
  return parsed.success ? parsed.data : null;
}

export function removeJob(sql: SqlStorage, { target, verb, generation }: JobName): void {
  sql.exec("DELETE FROM outbox WHERE target = ? AND verb = ? AND generation = ?", target, verb, generation);
}

/** A try has failed. @param dueAt when to try again, or null: the job is dead */
export function postponeJob(
  sql: SqlStorage,
  { target, verb, generation }: JobName,
  { code, dueAt, nowMs }: { code: string; dueAt: number | null; nowMs: number },
): void {
  sql.exec(
    `UPDATE outbox SET attempts = attempts + 1, state = CASE WHEN ?1 IS NULL THEN 'dead' ELSE 'due' END, due_at = ?1, last_error = ?2, tried_at = ?3
     WHERE target = ?4 AND verb = ?5 AND generation = ?6`,
    dueAt,
    code,
    nowMs,
    target,
    verb,
    generation,
  );
}

/** A revived job stays dead, and is counted as dead, until its one more try succeeds. */
export function reviveJobs(sql: SqlStorage, nowMs: number, limit: number): DeadJob[] {
  return sql
    .exec<DeadJob>(
      `UPDATE outbox SET due_at = ? WHERE (target, verb) IN (
         SELECT target, verb FROM outbox WHERE state = 'dead' AND due_at IS NULL ORDER BY tried_at LIMIT ?)
       RETURNING target AS resourceId, verb, generation, attempts, last_error AS lastError`,
      nowMs,
      limit,
    )
    .toArray();
}

export function outboxState(sql: SqlStorage, nowMs: number): OutboxState {
  const { due, dead, oldest } = sql
    .exec<{ due: number; dead: number; oldest: number | null }>(
      `SELECT count(*) FILTER (WHERE state = 'due') AS due, count(*) FILTER (WHERE state = 'dead') AS dead,
         min(given_at) FILTER (WHERE state = 'due') AS oldest FROM outbox`,
    )
    .one();
  return { due, dead, oldestDueSeconds: oldest === null ? 0 : Math.max(0, Math.floor((nowMs - oldest) / 1_000)) };
}

export function nextJobDue(sql: SqlStorage): number | null {
  return sql.exec<{ due: number | null }>("SELECT min(due_at) AS due FROM outbox").one().due;
}
