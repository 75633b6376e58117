/** @jsxImportSource hono/jsx */
/** The audit log of the team, in words. */
import { KINDS, type ResourceKind, resourceKindSchema } from "../../../contract/kinds.ts";
import { shownAgo } from "../format.ts";
import { Moment } from "../parts.tsx";
import { Dashboard, type Viewer } from "./frame.tsx";

const TAB = "/dashboard/audit";

type ShownEntry = {
  id: string;
  kind: string;
  created_at: string;
  actor: string;
  actor_email_masked: string | null;
  resource_id: string | null;
  resource_type: string | null;
  resource_name: string | null;
  request_id: string | null;
  metadata: Record<string, unknown>;
};

/** An action without words of its own is shown by its code. */
const ACTION_WORDS: Readonly<Record<string, string>> = {
  "resource.created": "Made",
  "resource.claimed": "Claimed",
  "resource.confirmed": "Confirmed as yours",
  "resource.taken_back": "Taken back by its creator",
  "resource.rotated": "Password changed",
  "resource.deleted": "Deleted",
  "resource.paused": "Paused",
  "resource.resumed": "Resumed",
  "api_key.created": "API key made",
  "api_key.revoked": "API key revoked",
  "cli_login.approved": "Command-line tool signed in",
  "session.opened": "Signed in",
  "session.ended": "Signed out",
  "team.created": "Team made",
};

type Props = { viewer: Viewer; entries: readonly ShownEntry[]; action: string | null; next: string | null; csvRows: number; nowMs: number };

export function AuditPage({ viewer, entries, action, next, csvRows, nowMs }: Props) {
  const kept = action === null ? "" : `kind=${encodeURIComponent(action)}`;
  return (
    <Dashboard
      title="Audit log"
      viewer={viewer}
      tab={TAB}
      beside={<a href={`/api/v1/audit.csv?${kept}`}>Download the newest {csvRows} as CSV</a>}
    >
      <p>Who did what, when. Each entry is written in the same database statement as its change.</p>
      <Filter action={action} />
      {entries.length === 0 ? (
        <div class="panel empty">
          <p>Nothing here yet{action === null ? "" : " of this kind"}.</p>
        </div>
      ) : (
        <ul class="list">
          {entries.map((entry) => (
            <Entry entry={entry} nowMs={nowMs} />
          ))}
        </ul>
      )}
      {next === null ? null : (
        <p>
          <a class="button quiet" href={`${TAB}?before=${next}${kept === "" ? "" : `&${kept}`}`}>
            Older
          </a>
        </p>
      )}
    </Dashboard>
  );
}

function Filter({ action }: { action: string | null }) {
  return (
    <form method="get" action={TAB} class="inline filter">
      <div>
        <label for="kind">Show only</label>
        <select id="kind" name="kind">
          <option value="">everything</option>
          {Object.entries(ACTION_WORDS).map(([code, words]) => (
            <option value={code} selected={code === action}>
              {words}
            </option>
          ))}
        </select>
      </div>
      <button type="submit" class="quiet">
        Apply
      </button>
    </form>
  );
}

function Entry({ entry, nowMs }: { entry: ShownEntry; nowMs: number }) {
  const { kind, created_at, request_id } = entry;
  return (
    <li class="row">
      <div>
        <span class="name">{Object.hasOwn(ACTION_WORDS, kind) ? ACTION_WORDS[kind] : kind}</span> <What entry={entry} />
        <small>by {who(entry)}</small>
      </div>
      <div class="end small">
        <Moment iso={created_at}>{shownAgo(created_at, nowMs)}</Moment>
        {request_id === null ? null : <small title={request_id}>request {request_id.slice(0, 8)}</small>}
      </div>
    </li>
  );
}

function What({ entry: { resource_id, resource_type, resource_name, metadata } }: { entry: ShownEntry }) {
  if (resource_id !== null) {
    return (
      <>
        <a href={`/dashboard/resources/${resource_id}`}>{resource_name ?? resource_id.slice(0, 8)}</a>{" "}
        {resource_type === null ? null : <span class="tag">{kindLabel(resource_type)}</span>}
      </>
    );
  }
  return typeof metadata.name === "string" ? <span>“{metadata.name}”</span> : null;
}

function kindLabel(type: string): string {
  const kind = resourceKindSchema.safeParse(type);
  return kind.success ? KINDS[kind.data satisfies ResourceKind].words.label : type;
}

function who({ actor, actor_email_masked }: ShownEntry): string {
  const person = actor_email_masked ?? "a member";
  switch (actor) {
    case "session":
      return person;
    case "key":
      return `an API key of ${person}`;
    case "link":
      return actor_email_masked === null ? "a mailed link" : `${person}, with a mailed link`;
    case "holder":
      return "the holder of its upgrade_jwt";
    default:
      return "instanode itself";
  }
}
