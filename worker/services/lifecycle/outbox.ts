/** The cron's view of the outbox: its size goes to the log, and dead jobs get another try. */
import type { Deps } from "../../deps.ts";

/** Of each outbox object and run. */
const REVIVED_AT_ONCE = 100;

/** Writes the outbox's figures to the log, where they serve as metrics. @returns how many jobs are dead */
export async function reportOutbox(deps: Deps): Promise<number> {
  const { due, dead, oldestDueSeconds } = await deps.outbox.state();
  deps.log[dead === 0 ? "info" : "warn"]("outbox.state", { due, dead, oldestDueSeconds });
  return dead;
}

/** Gives every dead job another try, and names it in the log. @returns how many there were */
export async function reviveDeadJobs(deps: Deps): Promise<number> {
  const revived = await deps.outbox.revive(REVIVED_AT_ONCE);
  for (const { resourceId, verb, generation, attempts, lastError } of revived)
    deps.log.error("outbox.dead", { resourceId, step: verb, generation, attempt: attempts, code: lastError });
  return revived.length;
}
