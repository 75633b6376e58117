/** What a team uses of what its tier includes: counts and bytes beside their limits. For the API and for pages alike. */
import { API_KEYS_MAX } from "../../../contract/accounts.ts";
import { storageLimitBytes } from "../../../contract/kinds.ts";
import { RESOURCE_KINDS, type ResourceKind } from "../../../contract/names.ts";
import { plans, type Tier, UNLIMITED } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import { lookupFailed } from "../../errors.ts";
import { type KindUsage, readTeamUsage, type TeamUsage } from "../../platform-db/team-usage.ts";
import { requireAccount } from "../actor.ts";
import { inboxBytes } from "../webhooks/usage.ts";

/** More inboxes than this are counted, not asked. */
const INBOXES_ASKED_MAX = 100;

/** @throws ApiError `lookup_failed` */
export async function readUsage({ ctx }: { ctx: RequestContext }) {
  const { team } = requireAccount(ctx);
  const asOf = new Date(ctx.deps.clock.now());
  const usage = await readTeamUsage(ctx.deps.database, team.id, INBOXES_ASKED_MAX, asOf).catch(lookupFailed);
  const { limits } = plans.tiers[team.tier];
  const kinds = { ...kindsOf(usage, team.tier), webhook: await withInboxBytes(ctx, usage, team.tier) };
  return {
    tier: team.tier,
    as_of: asOf.toISOString(),
    resources: {
      count: usage.kinds.reduce((sum, { count }) => sum + count, 0),
      limit: limits.live_resources,
      provisional: usage.provisional,
    },
    usage: kinds,
    members: { count: usage.members, limit: limits.team_members },
    api_keys: { count: usage.api_keys, limit: API_KEYS_MAX },
  };
}

type Metric = { count: number; count_limit: number; bytes?: number; limit_bytes: number; each_limit_bytes: number; over_limit: number };

function kindsOf(usage: TeamUsage, tier: Tier): Record<ResourceKind, Metric> {
  const entries = RESOURCE_KINDS.map((kind) => [kind, metricOf(kind, find(usage, kind), tier)]);
  // One entry of each kind was just made.
  return Object.fromEntries(entries) as Record<ResourceKind, Metric>;
}

const find = (usage: TeamUsage, kind: ResourceKind) => usage.kinds.find((one) => one.kind === kind);

function metricOf(kind: ResourceKind, found: KindUsage | undefined, tier: Tier): Metric {
  return {
    count: found?.count ?? 0,
    count_limit: kind === "queue" ? plans.tiers[tier].limits.queue_count : UNLIMITED,
    bytes: found?.bytes ?? 0,
    limit_bytes: found === undefined ? 0 : (found.limit_bytes ?? UNLIMITED),
    each_limit_bytes: storageLimitBytes(kind, tier),
    over_limit: found?.over_size ?? 0,
  };
}

/** An inbox counts its own bytes and keeps within them. Where one does not say, or there are too many to ask, the sum is left out. */
async function withInboxBytes(ctx: RequestContext, usage: TeamUsage, tier: Tier): Promise<Metric> {
  const { bytes: _unknown, ...metric } = metricOf("webhook", find(usage, "webhook"), tier);
  if (metric.count > usage.inbox_ids.length) return metric;
  const tokens = await Promise.all(usage.inbox_ids.map((id) => ctx.deps.hasher.resourceTokenFor(id)));
  const bytes = await Promise.all(tokens.map((token) => inboxBytes({ ctx, token })));
  return bytes.some((one) => one === null) ? metric : { ...metric, bytes: bytes.reduce<number>((sum, one) => sum + (one ?? 0), 0) };
}
