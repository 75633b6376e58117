/** The usage of a team: counts and bytes with the limits of its tier. Used by the API and by the dashboard pages. */
import { API_KEYS_MAX } from "../../../contract/accounts.ts";
import { byKind, RESOURCE_KINDS, type ResourceKind } from "../../../contract/kinds.ts";
import { countLimit, storageLimitBytes } from "../../../contract/limits.ts";
import { plans, type Tier, UNLIMITED } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import { lookupFailed } from "../../errors.ts";
import { homeOf } from "../../kinds.ts";
import { type KindUsage, readTeamUsage, type TeamUsage } from "../../platform-db/team-usage.ts";
import { requireAccount } from "../actor.ts";

/** Resources that are measured live are asked for their size up to this number. Above it, they are only counted. */
const ASKED_MAX = 100;
const ASKED_KINDS = RESOURCE_KINDS.filter((kind) => homeOf(kind).measuresLive);

/** @throws ApiError `lookup_failed` */
export async function readUsage({ ctx }: { ctx: RequestContext }) {
  const { team } = requireAccount(ctx);
  const asOf = new Date(ctx.deps.clock.now());
  const usage = await readTeamUsage(ctx.deps.database, team.id, { kinds: ASKED_KINDS, max: ASKED_MAX }, asOf).catch(lookupFailed);
  const { limits } = plans.tiers[team.tier];
  const reported = byKind((kind) =>
    metricOf(
      kind,
      usage.kinds.find((one) => one.kind === kind),
      team.tier,
    ),
  );
  const asked = await Promise.all(ASKED_KINDS.map(async (kind) => [kind, await withLiveBytes(ctx, kind, reported[kind], usage)] as const));
  return {
    tier: team.tier,
    as_of: asOf.toISOString(),
    resources: {
      count: usage.kinds.reduce((sum, { count }) => sum + count, 0),
      limit: limits.live_resources,
      provisional: usage.provisional,
    },
    usage: { ...reported, ...Object.fromEntries(asked) },
    members: { count: usage.members, limit: limits.team_members },
    api_keys: { count: usage.api_keys, limit: API_KEYS_MAX },
  };
}

type Metric = { count: number; count_limit: number; bytes?: number; limit_bytes: number; each_limit_bytes: number; over_limit: number };

function metricOf(kind: ResourceKind, found: KindUsage | undefined, tier: Tier): Metric {
  return {
    count: found?.count ?? 0,
    count_limit: countLimit(kind, tier),
    bytes: found?.bytes ?? 0,
    limit_bytes: found === undefined ? 0 : (found.limit_bytes ?? UNLIMITED),
    each_limit_bytes: storageLimitBytes(kind, tier),
    over_limit: found?.over_size ?? 0,
  };
}

/** Omits the sum of bytes when a resource does not report its size or when there are too many to ask. */
async function withLiveBytes(ctx: RequestContext, kind: ResourceKind, reported: Metric, { asked }: TeamUsage): Promise<Metric> {
  const { bytes: _reported, ...metric } = reported;
  const ids = asked.flatMap((one) => (one.kind === kind ? [one.id] : []));
  if (metric.count > ids.length) return metric;
  const { deps, requestId } = ctx;
  const sizes = await Promise.all(
    ids.map(async (id) => homeOf(kind).measure({ deps, requestId }, { token: await deps.hasher.resourceTokenFor(id), reported: null })),
  );
  return sizes.some((one) => one === null) ? metric : { ...metric, bytes: sizes.reduce<number>((sum, one) => sum + (one ?? 0), 0) };
}
