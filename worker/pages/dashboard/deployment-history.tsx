/** @jsxImportSource hono/jsx */
/** The releases of a deployment and its timeline. */
import type { ServiceEvent } from "../../platform-db/service-history.ts";
import type { DeployItem } from "../../services/deploys/item.ts";
import type { ListedRelease } from "../../services/deploys/releases.ts";
import { shownAgo, shownBytes } from "../format.ts";
import { Moment } from "../parts.tsx";
import { pathOf } from "./deployment-actions.tsx";

type ReleasesProps = { item: DeployItem; releases: readonly ListedRelease[]; nowMs: number; mayRollBack: boolean };

export function Releases({ item, releases, nowMs, mayRollBack }: ReleasesProps) {
  return (
    <>
      <h2>Releases</h2>
      <ul class="list">
        {releases.map((release) => (
          <li class="row">
            <ReleaseFacts release={release} nowMs={nowMs} />
            {mayRollBack && release.canRollBack && !release.isCurrent ? <RollBack item={item} release={release.number} /> : null}
          </li>
        ))}
      </ul>
    </>
  );
}

function ReleaseFacts({ release, nowMs }: { release: ListedRelease; nowMs: number }) {
  const { number, state, source, image_of, failure, created_at } = release;
  const iso = created_at.toISOString();
  return (
    <div>
      <span class="name">Release {number}</span> <span class="tag">{state}</span>
      <small>
        {source === null ? `image of release ${image_of ?? number}` : `${source.recipe}, ${shownBytes(source.bytes)}`} ·{" "}
        <Moment iso={iso}>{shownAgo(iso, nowMs)}</Moment>
        {failure === null ? "" : ` · ${failure.event}`}
      </small>
    </div>
  );
}

function RollBack({ item, release }: { item: DeployItem; release: number }) {
  return (
    <form method="post" action={pathOf(item, "rollback")} class="end">
      <input type="hidden" name="release" value={release} />
      <button type="submit" class="quiet compact">
        Roll back to {release}
      </button>
    </form>
  );
}

export function Events({ events, nowMs }: { events: readonly ServiceEvent[]; nowMs: number }) {
  return (
    <>
      <h2>Timeline</h2>
      {events.length === 0 ? <p class="small">No events are kept.</p> : null}
      <ol class="timeline">
        {events.map(({ kind, release, failure, created_at }) => {
          const iso = created_at.toISOString();
          return (
            <li>
              <strong>{kind}</strong>
              {release === null ? "" : `, release ${release}`}
              <small>
                <Moment iso={iso}>{shownAgo(iso, nowMs)}</Moment>
                {failure === null ? "" : ` · ${failure.event}`}
              </small>
            </li>
          );
        })}
      </ol>
    </>
  );
}
