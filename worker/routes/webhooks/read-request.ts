/** `GET /api/v1/webhooks/{token}/requests/{id}`: one request in full. */
import { createRoute, z } from "@hono/zod-openapi";
import { readRequest } from "../../services/webhooks/read.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { READ_REFUSALS, READ_SECURITY, requestParameters, shownRequest, storedRequestSchema } from "./stored-request.ts";

const schema = z.object({ ok: z.literal(true), request: storedRequestSchema }).openapi("WebhookOneRequest");

const route = createRoute({
  method: "get",
  path: "/api/v1/webhooks/{token}/requests/{id}",
  tags: ["Webhooks"],
  summary: "Read one request",
  operationId: "readWebhookRequest",
  security: READ_SECURITY,
  request: { params: requestParameters },
  responses: { 200: json("The request.", schema), ...refusals(...READ_REFUSALS, "webhook_request_not_found") },
});

export const readWebhookRequest = endpoint(route, { access: "resource", rate: "counted" }, async (c, input) => {
  const request = await readRequest({ ctx: c.var.ctx, input: input.params() });
  return c.json({ ok: true as const, request: shownRequest(request) }, 200);
});
