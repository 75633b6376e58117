/** The requests of an inbox for its page, and `…/requests/next`, which the live tail polls. */
import { createRoute, z } from "@hono/zod-openapi";
import { LIST_MAX, REQUEST_ID_PATTERN, type StoredRequest } from "../../../contract/webhook-inbox.ts";
import { ApiError } from "../../errors.ts";
import type { AppContext } from "../../http.ts";
import { Requests, type ShownRequest, TAIL_SCRIPT, TailItems } from "../../pages/dashboard/requests.tsx";
import { PAGE_HEADERS } from "../../pages/site.tsx";
import { tokenOfResource } from "../../services/resources/by-id.ts";
import { listRequests, nextRequest } from "../../services/webhooks/read.ts";
import { endpoint } from "../endpoint.ts";
import { html } from "../openapi.ts";
import { shownRequest } from "../webhooks/stored-request.ts";
import { idParameter, lenient } from "./signed-in.ts";

const PAGE_SIZE = 20;
/** Shorter than the timeouts of common proxies. */
const WAIT_MS = 25_000;

/** A text that is no id counts as none: the list starts at its beginning. */
export const requestId = lenient(z.string().regex(REQUEST_ID_PATTERN));

/** The part of the page that shows them, and the script that keeps it fresh. */
export async function requestsOf(c: AppContext, { id, token, before }: { id: string; token: string; before: string | null }) {
  const query = { limit: PAGE_SIZE, before, after: null, sinceMs: null };
  const { requests, total, next } = await listRequests({ ctx: c.var.ctx, input: { token, query } });
  const isFirstPage = before === null;
  return {
    scripts: isFirstPage ? [TAIL_SCRIPT] : [],
    children: Requests({ id, requests: requests.map(shown), total, next, isFirstPage }),
  };
}

const route = createRoute({
  method: "get",
  path: "/dashboard/resources/{id}/requests/next",
  hide: true,
  request: { params: idParameter, query: z.object({ after: requestId }) },
  responses: { 200: html("The new requests as list items, newest first."), 204: { description: "No request came in time." } },
});

export const requestsTail = endpoint(route, { access: "page_write", rate: "counted", answers: "page" }, async (c, input) => {
  const { ctx } = c.var;
  if (ctx.actor.kind !== "session") throw new ApiError("unauthorized", { errorCode: "missing_credentials" });
  const { id } = input.params();
  const token = await tokenOfResource({ ctx, input: { id } });
  const { after } = input.query();
  const next = await nextRequest({ ctx, input: { token, query: { after, waitMs: WAIT_MS } } });
  if (next.outcome === "none") return c.body(null, 204);
  // All requests so far rather than one: a burst is one answer, up to one page.
  const query = { limit: LIST_MAX, before: null, after, sinceMs: null };
  const { requests, next: older } = await listRequests({ ctx, input: { token, query } });
  const gap = older === null ? (next.missed ? ("gone" as const) : null) : { before: older };
  return c.html(TailItems({ id, requests: requests.map(shown), gap }), 200, PAGE_HEADERS);
});

function shown(request: StoredRequest): ShownRequest {
  return { ...shownRequest(request), bytes: request.body.byteLength };
}
