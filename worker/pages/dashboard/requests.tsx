/** @jsxImportSource hono/jsx */
/** The requests of an inbox. Their content comes from strangers, so it is shown as text only. */
import { shownBytes, shownMoment } from "../format.ts";
import { Notice } from "../parts.tsx";

export const TAIL_SCRIPT = "/docs/tail.js";
/** Longer bodies are cut here; the API returns all of it. */
const BODY_SHOWN_CHARACTERS = 16_384;

export type ShownRequest = {
  id: string;
  method: string;
  path: string;
  query: string;
  headers: Record<string, string[]>;
  body: string;
  body_encoding: "utf-8" | "base64";
  received_at: string;
  bytes: number;
};

type Props = { id: string; requests: readonly ShownRequest[]; total: number; next: string | null; isFirstPage: boolean };

export function Requests({ id, requests, total, next, isFirstPage }: Props) {
  const page = `/dashboard/resources/${id}`;
  return (
    <section aria-labelledby="requests-title" data-tail={isFirstPage ? `${page}/requests/next` : undefined}>
      <div class="head">
        <h2 id="requests-title">Requests</h2>
        <div class="tail-controls">
          <span role="status" class="small" data-tail-state>
            {total === 1 ? "1 kept" : `${total} kept`}
          </span>
          <a href={page}>{isFirstPage ? "Reload" : "Newest"}</a>
        </div>
      </div>
      <p class="small" data-tail-empty hidden={requests.length > 0}>
        No requests yet. Show its URL above and send a request to it.
      </p>
      <ul class="list requests" hidden={requests.length === 0}>
        <RequestItems requests={requests} />
      </ul>
      {next === null ? null : (
        <p>
          <a class="button quiet" href={`${page}?before=${next}`}>
            Older
          </a>
        </p>
      )}
    </section>
  );
}

/** Shown in place of the requests. */
export function InboxAway() {
  return <Notice tone="warn">The inbox does not answer. Its requests are kept. Reload the page in a moment.</Notice>;
}

/** Requests between these and those shown before: too many for one answer, or evicted. */
type Gap = { before: string } | "gone" | null;

/** The answer to the live tail. The gap comes last: newer requests are above it, older ones below. */
export function TailItems({ id, requests, gap }: { id: string; requests: readonly ShownRequest[]; gap: Gap }) {
  return (
    <>
      <RequestItems requests={requests} />
      {gap === null ? null : (
        <li class="small gap">
          {gap === "gone" ? (
            "Earlier requests are no longer kept: newer ones evicted them."
          ) : (
            <>
              There are earlier requests. <a href={`/dashboard/resources/${id}?before=${gap.before}`}>Show them</a>
            </>
          )}
        </li>
      )}
    </>
  );
}

export function RequestItems({ requests }: { requests: readonly ShownRequest[] }) {
  return (
    <>
      {requests.map((request) => (
        <RequestItem request={request} />
      ))}
    </>
  );
}

function RequestItem({ request }: { request: ShownRequest }) {
  const { id, method, path, query, headers, received_at, bytes } = request;
  return (
    <li data-id={id}>
      <details>
        <summary>
          <span class="method">{method}</span>
          <code>{query === "" ? path : `${path}?${query}`}</code>
          <time class="small" datetime={received_at}>
            {shownMoment(received_at)}
          </time>
          <span class="small">{shownBytes(bytes)}</span>
        </summary>
        <div>
          <Body request={request} />
          <dl>
            {Object.entries(headers).map(([name, values]) => (
              <>
                <dt>{name}</dt>
                <dd>{values.join(", ")}</dd>
              </>
            ))}
          </dl>
        </div>
      </details>
    </li>
  );
}

function Body({ request: { body, body_encoding } }: { request: ShownRequest }) {
  if (body === "") return <p class="small">No body.</p>;
  const isCut = body.length > BODY_SHOWN_CHARACTERS;
  return (
    <>
      {body_encoding === "base64" ? <p class="small">Binary data as base64:</p> : null}
      <pre tabindex={0}>{body.slice(0, BODY_SHOWN_CHARACTERS)}</pre>
      {isCut ? <p class="small">Only the beginning is shown; the API returns all of it.</p> : null}
    </>
  );
}
