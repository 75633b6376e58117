/** The work of the cron trigger: expiry, lost drops, history. Each step takes a batch and leaves the rest to the next minute. */
import type { Deps } from "../../deps.ts";
import { findStragglers, purgeDropped, takeExpired } from "../../platform-db/resources.ts";

const EXPIRY_BATCH = 100;
const EXPIRY_BATCHES_PER_RUN = 10;
const STRAGGLER_AFTER_MS = 60_000;
const STRAGGLER_BATCH = 200;
const HISTORY_MS = 30 * 86_400_000;
const PURGE_BATCH = 1_000;

/**
 * Marks expired resources and hands their drops to the outbox, batch by batch. A crash between the two leaves stragglers,
 * which `resendStragglers` finds.
 * @returns how many resources began to go
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

/** Gives the outbox again what was decided long ago and is not done. The outbox keeps each job once. */
export async function resendStragglers(deps: Deps): Promise<number> {
  const jobs = await findStragglers(deps.database, new Date(deps.clock.now() - STRAGGLER_AFTER_MS), STRAGGLER_BATCH);
  await deps.outbox.enqueue(jobs);
  return jobs.length;
}

export async function purgeHistory(deps: Deps): Promise<number> {
  return purgeDropped(deps.database, new Date(deps.clock.now() - HISTORY_MS), PURGE_BATCH);
}
