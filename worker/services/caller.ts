/** Whose quota a request uses: that of an anonymous caller, or of a team. */
import { teamScope } from "../../contract/admission.ts";
import type { ResourceKind } from "../../contract/kinds.ts";
import { countLimit } from "../../contract/limits.ts";
import { plans, type Tier, UNLIMITED } from "../../contract/plans.ts";
import type { RequestContext } from "../context.ts";
import { accountOf } from "./actor.ts";

export type Caller = {
  /** Names the Durable Object that admits this caller's creates. */
  scope: string;
  tier: Tier;
  /** Null for an anonymous caller, whose resources have no team yet. */
  teamId: string | null;
  /** Null means unlimited, here and below. */
  ratePerMinute: number | null;
  dailyCap: number | null;
};

export function callerOf({ actor, client }: Pick<RequestContext, "actor" | "client">): Caller {
  const account = accountOf({ actor });
  const tier = account?.team.tier ?? "anonymous";
  const { requests_per_minute, provisions_per_day } = plans.tiers[tier].limits;
  if (account !== null) {
    return {
      scope: teamScope(account.team.id),
      tier,
      teamId: account.team.id,
      ratePerMinute: orNull(requests_per_minute),
      dailyCap: orNull(provisions_per_day),
    };
  }
  return {
    scope: client.scope,
    tier,
    teamId: null,
    ratePerMinute: client.isLocal ? null : orNull(requests_per_minute),
    dailyCap: client.isLocal || !client.dailyCapped ? null : orNull(provisions_per_day),
  };
}

/** The limits on a team's live resources, in total and of one kind. Null for anonymous callers, who have a daily cap instead. */
export function liveCapsOf({ teamId, tier }: Caller, kind: ResourceKind): { cap: number | null; kindCap: number | null } | null {
  if (teamId === null) return null;
  return { cap: orNull(plans.tiers[tier].limits.live_resources), kindCap: orNull(countLimit(kind, tier)) };
}

function orNull(limit: number): number | null {
  return limit === UNLIMITED ? null : limit;
}
