/** @jsxImportSource hono/jsx */
/** The team's resources. */
import { FIRST_KIND, KINDS, RESOURCE_KINDS, type ResourceKind } from "../../../contract/kinds.ts";
import { plans, UNLIMITED } from "../../../contract/plans.ts";
import type { ListItem } from "../../services/resources/list.ts";
import { shownAgo } from "../format.ts";
import { COPY_SCRIPT, Copyable, createCurl, Moment } from "../parts.tsx";
import { Dashboard, Done, type Viewer } from "./frame.tsx";
import { State, Usage } from "./resource-parts.tsx";

export type ResourceFilter = { kind: ResourceKind | null; env: string | null };

/** The filter is shown from this many resources on. */
const FILTER_FROM = 6;

type Props = {
  viewer: Viewer;
  items: readonly ListItem[];
  total: number;
  /** How many of them are provisional. */
  provisional: number;
  filter: ResourceFilter;
  /** The address of the next page; null on the last one. */
  older: string | null;
  done: string | null | undefined;
  nowMs: number;
  publicUrl: string;
};

export function ResourcesPage({ viewer, items, total, provisional, filter, older, done, nowMs, publicUrl }: Props) {
  const isFiltered = filter.kind !== null || filter.env !== null;
  const isEmpty = total === 0 && !isFiltered;
  return (
    <Dashboard title="Resources" viewer={viewer} tab="/dashboard" scripts={[COPY_SCRIPT]} beside={<NewButton />}>
      <Done done={done} />
      {isEmpty ? <FirstSteps publicUrl={publicUrl} /> : null}
      {isFiltered || total >= FILTER_FROM ? <Filter filter={filter} /> : null}
      {isEmpty ? null : <Count viewer={viewer} total={total} provisional={provisional} isFiltered={isFiltered} />}
      {items.length === 0 ? null : (
        <ul class="list">
          {items.map((item) => (
            <Row item={item} nowMs={nowMs} />
          ))}
        </ul>
      )}
      {older === null ? null : (
        <p>
          <a class="button quiet" href={older}>
            Older
          </a>
        </p>
      )}
    </Dashboard>
  );
}

const NewButton = () => (
  <a class="button" href="/dashboard/new">
    New resource
  </a>
);

function FirstSteps({ publicUrl }: { publicUrl: string }) {
  return (
    <div class="panel empty">
      <p>
        <strong>Nothing here yet.</strong> Make a resource with the button above, or from your terminal with{" "}
        <a href="/dashboard/api-keys">an API key</a>:
      </p>
      <Copyable text={`${createCurl(publicUrl, FIRST_KIND)} \\\n  -H "Authorization: Bearer $INSTANODE_TOKEN"`} />
    </div>
  );
}

function Filter({ filter }: { filter: ResourceFilter }) {
  return (
    <form method="get" action="/dashboard" class="inline filter">
      <div>
        <label for="type">Kind</label>
        <select id="type" name="type">
          <option value="">all</option>
          {RESOURCE_KINDS.map((kind) => (
            <option value={kind} selected={kind === filter.kind}>
              {KINDS[kind].words.label}
            </option>
          ))}
        </select>
      </div>
      <div>
        <label for="env">Environment</label>
        <input id="env" name="env" value={filter.env ?? ""} placeholder="all" autocapitalize="none" autocomplete="off" />
      </div>
      <button type="submit" class="quiet">
        Apply
      </button>
    </form>
  );
}

type Counted = Pick<Props, "viewer" | "total" | "provisional"> & { isFiltered: boolean };

function Count({ viewer, total, provisional, isFiltered }: Counted) {
  const { display_name, limits } = plans.tiers[viewer.team.tier];
  if (isFiltered) {
    return (
      <p class="small">
        {total === 0 ? "Nothing matches" : `${total} match`}. <a href="/dashboard">Show all</a>
      </p>
    );
  }
  const most = limits.live_resources === UNLIMITED ? "" : ` of ${limits.live_resources}`;
  return (
    <p class="small">
      {total - provisional}
      {most} on {display_name}
      {provisional === 0 ? "" : `, and ${provisional} to be confirmed`}. <a href="/pricing">Compare tiers</a>
    </p>
  );
}

function Row({ item, nowMs }: { item: ListItem; nowMs: number }) {
  const { label } = KINDS[item.resource_type].words;
  return (
    <li class="resource">
      <div>
        <a class="name" href={`/dashboard/resources/${item.id}`}>
          {item.name ?? label}
        </a>
        <small>
          {item.name === null ? "" : `${label} · ${item.env} · `}made{" "}
          <Moment iso={item.created_at}>{shownAgo(item.created_at, nowMs)}</Moment>
        </small>
      </div>
      {item.name === null ? <span /> : <Usage item={item} />}
      <State item={item} nowMs={nowMs} />
    </li>
  );
}
