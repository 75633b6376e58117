/** The only verb that changes a team's tier. It updates the rows; limit jobs of the outbox update the engines. Deletes nothing. */
import { plans, type TeamTier, UNLIMITED } from "../../../contract/plans.ts";
import type { Deps } from "../../deps.ts";
import type { AuditActor } from "../../platform-db/audit.ts";
import { changeTeamTier } from "../../platform-db/tiers.ts";

/** The reason for a change of tier, as recorded in the audit log. */
export type TierReason = "checkout" | "subscription_ended" | "operator";

const HOUR_MS = 3_600_000;

/**
 * Sets the tier of the team and of all its resources, with its limits and lifetime. Idempotent. If the outbox is unreachable or the Worker
 * stops first, the cron enqueues the limit jobs within two minutes.
 * @returns false when the team and all its resources already had the tier
 * @throws DatabaseError when nothing was changed; Error when the team does not exist
 */
export async function changeTier(
  deps: Pick<Deps, "clock" | "database" | "outbox" | "log">,
  teamId: string,
  tier: TeamTier,
  reason: TierReason,
  by: AuditActor,
): Promise<boolean> {
  const now = deps.clock.now();
  const { lifetime_hours } = plans.tiers[tier];
  const endsAt = lifetime_hours === UNLIMITED ? null : new Date(now + lifetime_hours * HOUR_MS);
  const changed = await changeTeamTier(deps.database, { teamId, tier, reason, endsAt }, by, new Date(now));
  if (changed === null) throw new Error("the tier of an unknown team cannot change");
  const { formerTier, jobs } = changed;
  await deps.outbox.enqueue(jobs).catch((cause: unknown) => deps.log.warn("tier.left_to_cron", { count: jobs.length, cause }));
  return formerTier !== tier || jobs.length > 0;
}
