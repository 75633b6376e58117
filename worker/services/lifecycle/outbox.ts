/** The cron's tasks for the outbox: logging its size and retrying dead jobs. */
import type { Deps } from "../../deps.ts";

/** Per outbox object and per run. */
const REVIVED_AT_ONCE = 100;

/** Writes the outbox's figures to the log, where they serve as metrics. @returns how many jobs are dead */
export async function reportOutbox(deps: Deps): Promise<number> {
  const { due, dead, oldestDueSeconds } = await deps.outbox.state();
  deps.log[dead === 0 ? "info" : "warn"]("outbox.state", { due, dead, oldestDueSeconds });
  return dead;
}

/** Gives dead jobs another try and logs each of them. @returns how many were revived */
export async function reviveDeadJobs(deps: Deps): Promise<number> {
  const revived = await deps.outbox.revive(REVIVED_AT_ONCE);
  for (const { resourceId, verb, generation, attempts, lastError } of revived)
    deps.log.error("outbox.dead", { resourceId, step: verb, generation, attempt: attempts, code: lastError });
  return revived.length;
}
