/** `GET /api/v1/webhooks/{token}/requests`: the requests of an inbox, newest first. */
import { createRoute, z } from "@hono/zod-openapi";
import { LIST_DEFAULT, LIST_MAX } from "../../../contract/webhook-inbox.ts";
import { listRequests } from "../../services/webhooks/read.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { requestId, since, wholeNumber } from "./requests-query.ts";
import { READ_REFUSALS, READ_SECURITY, shownRequest, storedRequestSchema, tokenParameter } from "./stored-request.ts";

const pageSchema = z
  .object({
    ok: z.literal(true),
    requests: z.array(storedRequestSchema),
    total: z.number().int().openapi({ description: "The number of requests in the inbox, on all pages." }),
    storage_bytes: z.number().int().openapi({ description: "Their size, as counted against the tier's limit." }),
    next_cursor: z.string().nullable().openapi({ description: "The `cursor` of the next, older page; null on the last." }),
  })
  .openapi("WebhookRequests");

const route = createRoute({
  method: "get",
  path: "/api/v1/webhooks/{token}/requests",
  tags: ["Webhooks"],
  summary: "List the requests of an inbox",
  description: "Newest first. A page also ends before 4 MiB of bodies: continue with `next_cursor` until it is null.",
  operationId: "listWebhookRequests",
  security: READ_SECURITY,
  request: {
    params: tokenParameter,
    query: z.object({
      limit: wholeNumber(
        z
          .string()
          .optional()
          .openapi({ description: `1 to ${LIST_MAX}, default ${LIST_DEFAULT}.`, example: "10" }),
        { least: 1, most: LIST_MAX },
      ),
      cursor: requestId(z.string().optional().openapi({ description: "The `next_cursor` of the previous page." })),
      since: since(
        z.string().optional().openapi({ description: "An id (only requests after it) or a time (only requests from then on)." }),
      ),
    }),
  },
  responses: { 200: json("A page.", pageSchema), ...refusals(...READ_REFUSALS, "invalid_query") },
});

export const listWebhookRequests = endpoint(route, { access: "resource", rate: "counted" }, async (c, input) => {
  const { limit = LIST_DEFAULT, cursor: before = null, since = { after: null, sinceMs: null } } = input.query();
  const page = await listRequests({ ctx: c.var.ctx, input: { ...input.params(), query: { limit, before, ...since } } });
  const requests = page.requests.map(shownRequest);
  return c.json({ ok: true as const, requests, total: page.total, storage_bytes: page.bytes, next_cursor: page.next }, 200);
});
