/** The one verb that changes a team's tier. The rows decide; the engines follow by limit jobs of the outbox. Nothing is deleted. */
import { plans, type TeamTier, UNLIMITED } from "../../../contract/plans.ts";
import type { Deps } from "../../deps.ts";
import type { AuditActor } from "../../platform-db/audit.ts";
import { changeTeamTier } from "../../platform-db/tiers.ts";

/** Why a tier changes, as the audit log says it. */
export type TierReason = "checkout" | "subscription_ended" | "operator";

const HOUR_MS = 3_600_000;

/**
 * Gives the team and everything it owns this tier, with its limits and its lifetime. Idempotent. When the outbox cannot be reached, or the
 * Worker stops before it is, the cron finds the limit jobs within two minutes.
 * @returns false when the team and all its resources had the tier already
 * @throws DatabaseError; then nothing has changed. Error when there is no such team
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
