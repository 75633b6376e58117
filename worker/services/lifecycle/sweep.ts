/** The cron's tasks: expiry, lost drops, history. Each task handles a batch and leaves the rest to the next run, a minute later. */
import type { Deps } from "../../deps.ts";
import { findStragglers, purgeDropped, takeExpired } from "../../platform-db/resources.ts";
import { takeUnfinishedRotations } from "../../platform-db/rotations.ts";
import { findLimitStragglers, purgeReports } from "../../platform-db/usage.ts";
import { finishRotation } from "../grants/rotation.ts";

const EXPIRY_BATCH = 100;
const EXPIRY_BATCHES_PER_RUN = 10;
const STRAGGLER_AFTER_MS = 60_000;
const STRAGGLER_BATCH = 200;
const ROTATION_BATCH = 20;
/** Much longer than the validity of a report. */
const REPORTS_KEPT_MS = 3_600_000;
const HISTORY_MS = 30 * 86_400_000;
const PURGE_BATCH = 1_000;

/**
 * Marks expired resources as `dropping` and enqueues their drops, batch by batch. `resendStragglers` finds rows that a crash between the
 * two steps leaves without a job.
 * @returns how many resources were marked
 */
export async function dropExpired(deps: Deps): Promise<number> {
  let total = 0;
  for (let batch = 0; batch < EXPIRY_BATCHES_PER_RUN; batch += 1) {
    const jobs = await takeExpired(deps.database, new Date(deps.clock.now()), EXPIRY_BATCH);
    for (const { resourceId } of jobs) await deps.fault("worker.drop.before_enqueue", resourceId);
    await deps.outbox.enqueue(jobs);
    total += jobs.length;
    if (jobs.length < EXPIRY_BATCH) break;
  }
  return total;
}

/** Enqueues again the jobs of decisions that have been open for a minute. The outbox keeps each job once. @returns how many */
export async function resendStragglers(deps: Deps): Promise<number> {
  const before = new Date(deps.clock.now() - STRAGGLER_AFTER_MS);
  const drops = await findStragglers(deps.database, before, STRAGGLER_BATCH);
  const limits = await findLimitStragglers(deps.database, before, STRAGGLER_BATCH);
  const jobs = [...drops, ...limits];
  await deps.outbox.enqueue(jobs);
  return jobs.length;
}

export async function purgeHistory(deps: Deps): Promise<number> {
  return purgeDropped(deps.database, new Date(deps.clock.now() - HISTORY_MS), PURGE_BATCH);
}

/** Completes interrupted rotations. The engine may already use a new password that the row does not contain. */
export async function finishRotations(deps: Deps): Promise<number> {
  const now = deps.clock.now();
  const rotations = await takeUnfinishedRotations(deps.database, new Date(now - STRAGGLER_AFTER_MS), ROTATION_BATCH, new Date(now));
  const ended = await Promise.allSettled(rotations.map((rotation) => finishRotation(deps, rotation, deps.ids.uuid())));
  for (const outcome of ended) if (outcome.status === "rejected") deps.log.warn("rotation.unfinished", { cause: outcome.reason });
  return rotations.length;
}

export async function purgeOldReports(deps: Deps): Promise<number> {
  return purgeReports(deps.database, new Date(deps.clock.now() - REPORTS_KEPT_MS));
}
