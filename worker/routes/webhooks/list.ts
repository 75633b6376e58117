/** `GET /api/v1/webhooks/{token}/requests`: what an inbox holds, newest first. */
import { createRoute, z } from "@hono/zod-openapi";
import { LIST_DEFAULT, LIST_MAX } from "../../../contract/webhook-inbox.ts";
import { endpoint } from "../../http.ts";
import { listRequests } from "../../services/webhooks/read.ts";
import { json, refusals } from "../openapi.ts";
import { readLimit, readRequestId, readSince } from "./query.ts";
import { READ_REFUSALS } from "./refusals.ts";
import { READ_SECURITY, shownRequest, storedRequestSchema, tokenParameter } from "./schemas.ts";

const pageSchema = z
  .object({
    ok: z.literal(true),
    requests: z.array(storedRequestSchema),
    total: z.number().int().openapi({ description: "How many the inbox holds, on this page or not." }),
    storage_bytes: z.number().int().openapi({ description: "How much they take of the tier's bytes." }),
    next_cursor: z.string().nullable().openapi({ description: "The `cursor` of the next, older page; null on the last." }),
  })
  .openapi("WebhookRequests");

const route = createRoute({
  method: "get",
  path: "/api/v1/webhooks/{token}/requests",
  tags: ["Webhooks"],
  summary: "List the requests of an inbox",
  description: "Newest first. A page also ends before 4 MiB of bodies: go on with `next_cursor` until it is null.",
  operationId: "listWebhookRequests",
  security: READ_SECURITY,
  request: {
    params: tokenParameter,
    query: z.object({
      limit: z
        .string()
        .optional()
        .openapi({ description: `1 to ${LIST_MAX}, default ${LIST_DEFAULT}.`, example: "10" }),
      cursor: z.string().optional().openapi({ description: "The `next_cursor` of the page before." }),
      since: z.string().optional().openapi({ description: "An id (only what came after it) or a time (only what came then or later)." }),
    }),
  },
  responses: { 200: json("A page.", pageSchema), ...refusals(...READ_REFUSALS, "invalid_query") },
});

export const listWebhookRequests = endpoint(route, { access: "resource", rate: "counted" }, async (c) => {
  const sent = c.req.query();
  const query = { limit: readLimit(sent), before: readRequestId("cursor", sent.cursor), ...readSince(sent) };
  const page = await listRequests({ ctx: c.var.ctx, input: { token: c.req.param("token") ?? "", query } });
  const requests = page.requests.map(shownRequest);
  return c.json({ ok: true as const, requests, total: page.total, storage_bytes: page.bytes, next_cursor: page.next }, 200);
});
