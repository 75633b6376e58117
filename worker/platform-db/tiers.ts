/** A team's tier and that of its resources change together: `change_team_tier` of migration 0011. */
import { z } from "zod";
import type { LimitJob } from "../../contract/outbox.ts";
import type { TeamTier } from "../../contract/plans.ts";
import { type AuditActor, audit } from "./audit.ts";
import { type PlatformDatabase, sql } from "./database.ts";
import { limitJobs } from "./usage.ts";

/** `endsAt`: when the team's resources expire in the new tier; null for never. */
export type TierChange = { teamId: string; tier: TeamTier; reason: string; endsAt: Date | null };

const changedSchema = z.tuple([z.object({ former_tier: z.string().nullable(), changed: z.array(z.unknown()) })]);

/**
 * Idempotent: the same tier again changes nothing and writes no audit entry.
 * @returns the former tier and the limit jobs that must follow, or null when there is no such team
 * @throws DatabaseError
 */
export async function changeTeamTier(
  db: PlatformDatabase,
  { teamId, tier, reason, endsAt }: TierChange,
  by: AuditActor,
  now: Date,
): Promise<{ formerTier: string; jobs: LimitJob[] } | null> {
  const rows = await db.query(sql`
    WITH done AS MATERIALIZED (
      SELECT former_tier, changed FROM change_team_tier(${teamId}::uuid, ${tier}::text, ${endsAt}::timestamptz, ${now}::timestamptz)
    ), moved AS (
      SELECT ${teamId}::uuid AS team_id, former_tier FROM done WHERE former_tier <> ${tier}::text
    ), audited AS (
      ${audit(sql`moved`, {
        action: "team.tier_changed",
        by,
        target: { kind: "team", id: sql`team_id` },
        details: sql`jsonb_build_object('from', former_tier, 'to', ${tier}::text, 'reason', ${reason}::text)`,
        at: now,
      })}
    ) SELECT former_tier, changed FROM done`);
  const [{ former_tier, changed }] = changedSchema.parse(rows);
  return former_tier === null ? null : { formerTier: former_tier, jobs: limitJobs(changed) };
}
