/** @jsxImportSource hono/jsx */
/** The team's usage and limits. */
import { KINDS, RESOURCE_KINDS, type ResourceKind } from "../../../contract/kinds.ts";
import { plans, UNLIMITED } from "../../../contract/plans.ts";
import type { readUsage } from "../../services/usage/read.ts";
import { shownBytes, shownCount, shownPrice } from "../format.ts";
import { Dashboard, type Viewer } from "./frame.tsx";
import { Share } from "./resource-parts.tsx";

type TeamUsage = Awaited<ReturnType<typeof readUsage>>;

export function UsagePage({ viewer, usage }: { viewer: Viewer; usage: TeamUsage }) {
  const { display_name, prices } = plans.tiers[usage.tier];
  const { resources, api_keys } = usage;
  return (
    <Dashboard title="Usage" viewer={viewer} tab="/dashboard/usage" beside={<a href="/pricing">Compare tiers</a>}>
      <p>
        <strong>{display_name}</strong>, {shownPrice(prices.monthly)} a month. Limits are hard stops, never bills. At a limit, existing
        resources are unaffected, and the next create of that kind is refused.
      </p>
      <dl>
        <dt>Resources</dt>
        <dd>
          <Share used={resources.count} limit={resources.limit} shown={shownCount} />
          {resources.provisional === 0 ? null : <small>and {resources.provisional} to be confirmed, which do not count yet</small>}
        </dd>
        <dt>API keys</dt>
        <dd>
          <Share used={api_keys.count} limit={api_keys.limit} shown={shownCount} />
        </dd>
      </dl>
      <h2>By kind</h2>
      <ul class="list">
        {RESOURCE_KINDS.map((kind) => (
          <KindRow kind={kind} metric={usage.usage[kind]} />
        ))}
      </ul>
    </Dashboard>
  );
}

function KindRow({ kind, metric }: { kind: ResourceKind; metric: TeamUsage["usage"][ResourceKind] }) {
  const { count, count_limit, bytes, limit_bytes, each_limit_bytes, over_limit } = metric;
  const most = count_limit === UNLIMITED ? "" : ` of ${shownCount(count_limit)}`;
  const each = each_limit_bytes === UNLIMITED ? "without a limit of size" : `up to ${shownBytes(each_limit_bytes)} each`;
  return (
    <li class="resource">
      <div>
        <a class="name" href={`/dashboard?type=${kind}`}>
          {KINDS[kind].words.label}
        </a>
        <small>
          {count === 0 ? "none" : shownCount(count)}
          {most}, {each}
        </small>
      </div>
      {count === 0 || bytes === undefined ? <span /> : <Share used={bytes} limit={limit_bytes} shown={shownBytes} />}
      {over_limit === 0 ? <span /> : <span class="state warn">{over_limit} over the size limit</span>}
    </li>
  );
}
