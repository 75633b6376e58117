/** @jsxImportSource hono/jsx */
/** What an inbox holds. Everything in it is a stranger's text: it is shown as text and nothing else. */
import { shownBytes, shownMoment } from "../format.ts";
import { Notice } from "../parts.tsx";

export const TAIL_SCRIPT = "/docs/tail.js";
/** A longer body is shown in part; the API has all of it. */
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
          <a href={page}>{isFirstPage ? "Look again" : "Newest"}</a>
        </div>
      </div>
      <p class="small" data-tail-empty hidden={requests.length > 0}>
        Nothing has come yet. Show its URL above and send something to it.
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

/** In place of them. */
export function InboxAway() {
  return <Notice tone="warn">The inbox does not answer just now; what it holds is kept. Load the page again in a moment.</Notice>;
}

/** Between what is sent and what was shown before: more than one answer holds, or what the inbox had no room to keep. */
type Gap = { before: string } | "gone" | null;

/** What the live tail is answered. The gap comes last: what is above it is newer, what is below it older. */
export function TailItems({ id, requests, gap }: { id: string; requests: readonly ShownRequest[]; gap: Gap }) {
  return (
    <>
      <RequestItems requests={requests} />
      {gap === null ? null : (
        <li class="small gap">
          {gap === "gone" ? (
            "Others came before these and are no longer kept: newer ones took their place."
          ) : (
            <>
              Others came before these. <a href={`/dashboard/resources/${id}?before=${gap.before}`}>Show them</a>
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
      {body_encoding === "base64" ? <p class="small">Bytes that are no text, as base64:</p> : null}
      <pre tabindex={0}>{body.slice(0, BODY_SHOWN_CHARACTERS)}</pre>
      {isCut ? <p class="small">Only its beginning; the API has all of it.</p> : null}
    </>
  );
}
