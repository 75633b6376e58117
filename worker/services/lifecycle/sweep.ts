/** The work of the cron trigger: expiry, lost drops, history. Each step takes a batch and leaves the rest to the next minute. */
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
/** Far longer than a report is valid. */
const REPORTS_KEPT_MS = 3_600_000;
const HISTORY_MS = 30 * 86_400_000;
const PURGE_BATCH = 1_000;

/**
 * Marks expired resources and hands their drops to the outbox, batch by batch. A crash between the two leaves stragglers,
 * which `resendStragglers` finds.
 * @returns how many resources are being dropped now
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

/** Enqueues decided jobs again that are still open after a minute. The outbox keeps each job once. */
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

/** Ends rotations whose caller was not answered: the engine may already have a password that no row holds. */
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
