/** What counts against whom: an anonymous caller's own object and tier, or those of a team. */
import { teamScope } from "../../contract/admission.ts";
import type { ResourceKind } from "../../contract/names.ts";
import { plans, type Tier, UNLIMITED } from "../../contract/plans.ts";
import type { Account, RequestContext } from "../context.ts";

export type Caller = {
  /** Names the Durable Object that admits it. */
  scope: string;
  tier: Tier;
  /** Null: whatever it makes is nobody's yet. */
  teamId: string | null;
  /** Null without a limit, as everywhere here. */
  ratePerMinute: number | null;
  dailyCap: number | null;
};

export function accountOf({ actor }: Pick<RequestContext, "actor">): Account | null {
  return actor.kind === "key" || actor.kind === "session" ? actor.account : null;
}

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

/** How many living resources a team may have, in all and of one kind; null for anonymous callers, whose day is counted instead. */
export function liveCapsOf({ teamId, tier }: Caller, kind: ResourceKind): { cap: number | null; kindCap: number | null } | null {
  if (teamId === null) return null;
  const { live_resources, queue_count } = plans.tiers[tier].limits;
  return { cap: orNull(live_resources), kindCap: kind === "queue" ? orNull(queue_count) : null };
}

function orNull(limit: number): number | null {
  return limit === UNLIMITED ? null : limit;
}
