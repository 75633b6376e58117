/** What an inbox holds, for its page; and `…/requests/next`, which its live tail asks again and again. */
import { createRoute } from "@hono/zod-openapi";
import { LIST_MAX, REQUEST_ID_PATTERN, type StoredRequest } from "../../../contract/webhook-inbox.ts";
import { ApiError } from "../../errors.ts";
import { type AppContext, endpoint } from "../../http.ts";
import { Requests, type ShownRequest, TAIL_SCRIPT, TailItems } from "../../pages/dashboard/requests.tsx";
import { PAGE_HEADERS } from "../../pages/site.tsx";
import { tokenOfResource } from "../../services/resources/by-id.ts";
import { listRequests, nextRequest } from "../../services/webhooks/read.ts";
import { html } from "../openapi.ts";
import { shownRequest } from "../webhooks/schemas.ts";
import { idOf } from "./signed-in.ts";

const PAGE_SIZE = 20;
/** Below what proxies on the way may cut. */
const WAIT_MS = 25_000;

/** The part of the page that shows them, and the script that keeps it fresh. */
export async function requestsOf(c: AppContext, id: string, token: string) {
  const before = requestId(c.req.query("before"));
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
  responses: { 200: html("What came, newest first, as list items."), 204: { description: "Nothing came in time." } },
});

export const requestsTail = endpoint(route, { access: "page_write", rate: "counted", answers: "page" }, async (c) => {
  const { ctx } = c.var;
  if (ctx.actor.kind !== "session") throw new ApiError("unauthorized", { errorCode: "missing_credentials" });
  const token = await tokenOfResource({ ctx, input: { id: idOf(c) } });
  const after = requestId(c.req.query("after"));
  const next = await nextRequest({ ctx, input: { token, query: { after, waitMs: WAIT_MS } } });
  if (next.outcome === "none") return c.body(null, 204);
  // All that came by now, not one: a burst is one answer, as much of it as a page holds.
  const query = { limit: LIST_MAX, before: null, after, sinceMs: null };
  const { requests, next: older } = await listRequests({ ctx, input: { token, query } });
  const gap = older === null ? (next.missed ? ("gone" as const) : null) : { before: older };
  return c.html(TailItems({ id: idOf(c), requests: requests.map(shown), gap }), 200, PAGE_HEADERS);
});

function shown(request: StoredRequest): ShownRequest {
  return { ...shownRequest(request), bytes: request.body.byteLength };
}

/** What is no id begins at the beginning. */
function requestId(text: string | undefined): string | null {
  return text !== undefined && REQUEST_ID_PATTERN.test(text) ? text : null;
}
