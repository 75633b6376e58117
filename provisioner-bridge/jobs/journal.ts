/** The outcome of each job. Rows begin and end together with their tenant: see `registry/transitions.ts`. */
import { createHash } from "node:crypto";
import type { Job } from "../../contract/jobs.ts";
import type { Refusal } from "../refusal.ts";
import type { Query } from "../registry/database.ts";

/** A hash of what a job asks for. The job has been parsed by its strict schema, so its keys come in one order. */
export function contentHashOf(job: Job): string {
  return createHash("sha256")
    .update(JSON.stringify([job.kind, job.args]))
    .digest("hex");
}

/** Records why a job failed after it had begun. The same job may be sent again, and then acts again. */
export async function journalFailure(query: Query, jti: string, refusal: Refusal, at: Date): Promise<void> {
  await query.query("UPDATE job_journal SET state = 'failed', refusal = $2, finished_at = $3 WHERE jti = $1 AND state = 'running'", [
    jti,
    refusal.code,
    at,
  ]);
}

/** Forgets jobs that began before `before`. A job expires after a minute, so none of these can be sent again. */
export async function purgeJournal(query: Query, before: Date): Promise<number> {
  return (await query.query("DELETE FROM job_journal WHERE started_at < $1", [before])).rowCount ?? 0;
}
