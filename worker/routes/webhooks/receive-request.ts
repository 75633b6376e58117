/**
 * `ANY /webhook/receive/{token}[/…]`: stores any request. The sender's credentials are not read.
 * Not counted against the sender's rate: senders share addresses, and the inbox bounds what it stores.
 */
import { createRoute, z } from "@hono/zod-openapi";
import { type FixedResponse, RECEIVE_MAX_BYTES } from "../../../contract/webhook-inbox.ts";
import { ApiError } from "../../errors.ts";
import type { AppContext } from "../../http.ts";
import { readBody } from "../../middleware/read-body.ts";
import { receiveRequest } from "../../services/webhooks/receive.ts";
import { endpoint } from "../endpoint.ts";
import { refusals } from "../openapi.ts";
import { tokenParameter } from "./stored-request.ts";

const RULES = { access: "open", rate: "exempt", takesAnyMethod: true } as const;

const receivedSchema = z
  .object({ ok: z.literal(true), id: z.string().openapi({ example: "req_06c3f5a1b2c3d4" }) })
  .openapi("WebhookReceived");

const responses = {
  200: {
    description:
      "Stored. An inbox with a fixed response sends that instead, with its own status and type. `X-Webhook-Request-Id` is the id in both cases.",
    headers: z.object({
      "X-Webhook-Request-Id": z.string(),
      "X-Webhook-Rotated": z.string().optional().openapi({ description: "Present when this request evicted the oldest one." }),
    }),
    content: { "application/json": { schema: receivedSchema } },
  },
  ...refusals(
    "invalid_body",
    "webhook_not_found",
    "webhook_inactive",
    "webhook_expired",
    "payload_too_large",
    "target_too_long",
    "headers_too_large",
    "webhook_unavailable",
  ),
};

const route = createRoute({
  method: "post",
  path: "/webhook/receive/{token}",
  tags: ["Webhooks"],
  summary: "Send a request to an inbox",
  description: `Accepts every method, also below this path, and up to ${RECEIVE_MAX_BYTES} bytes of any content. The URL alone is enough to post, and gives no access to stored requests.`,
  operationId: "receiveWebhook",
  security: [],
  request: { params: tokenParameter, body: { required: false, content: { "*/*": { schema: z.any() } } } },
  responses,
});

const routeBelow = createRoute({ method: "post", path: "/webhook/receive/{token}/*", hide: true, responses });

export const receiveWebhook = endpoint(route, RULES, receive);
export const receiveWebhookBelow = endpoint(routeBelow, RULES, receive);

/** The URL as it was sent: the part after the token is stored unchanged. */
const TARGET = /^[a-z]+:\/\/[^/]+\/webhook\/receive\/([^/?#]+)([^?#]*)(?:\?([^#]*))?/i;

async function receive(c: AppContext) {
  const { method, url, headers } = c.req.raw;
  const [, token, path, query = ""] = TARGET.exec(url) ?? [];
  if (token === undefined) throw new ApiError("webhook_not_found");
  const { id, rotated, response } = await receiveRequest({
    ctx: c.var.ctx,
    input: { token, method, path: path || "/", query, headers, readBody: () => readBody(c.req.raw, RECEIVE_MAX_BYTES) },
  });
  c.header("X-Webhook-Request-Id", id);
  if (rotated) c.header("X-Webhook-Rotated", token);
  return response === null ? c.json({ ok: true as const, id }, 200) : fixed(c, response);
}

/**
 * It comes from the API's own origin, so the headers keep a browser from running, loading or showing it as a page.
 * The cast: the creator chooses the answer; the document shows the default one.
 */
function fixed(c: AppContext, { status, contentType, body }: FixedResponse): never {
  const headers = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Content-Disposition": "attachment",
    ...(body === "" ? {} : { "Content-Type": `${contentType}; charset=utf-8` }),
  };
  const content = body === "" ? null : body;
  return c.newResponse(content, status as 200, headers) as never;
}
