/** `GET /api/v1/webhooks/{token}/requests/next`: waits for the next request. */
import { createRoute, z } from "@hono/zod-openapi";
import { WAIT_DEFAULT_SECONDS, WAIT_MAX_SECONDS } from "../../../contract/webhook-inbox.ts";
import { nextRequest } from "../../services/webhooks/read.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { requestId, wholeNumber } from "./requests-query.ts";
import { READ_REFUSALS, READ_SECURITY, shownRequest, storedRequestSchema, tokenParameter } from "./stored-request.ts";

const SECOND_MS = 1_000;

const nextSchema = z
  .object({
    ok: z.literal(true),
    request: storedRequestSchema.nullable().openapi({ description: "Null when none came in time. Ask again." }),
    after: z.string().nullable().openapi({ description: "Send it as `after` next time. Null while the inbox has received nothing." }),
    missed: z.boolean().openapi({ description: "True when newer requests evicted some that came after `after` before you asked." }),
  })
  .openapi("WebhookNextRequest");

const route = createRoute({
  method: "get",
  path: "/api/v1/webhooks/{token}/requests/next",
  tags: ["Webhooks"],
  summary: "Wait for the next request",
  description:
    "Returns the oldest request after `after` (default: the oldest stored) at once, or as soon as it arrives " +
    "within `wait` seconds. Calling again with the `after` of each answer returns every request once, in order.",
  operationId: "nextWebhookRequest",
  security: READ_SECURITY,
  request: {
    params: tokenParameter,
    query: z.object({
      after: requestId(z.string().optional().openapi({ description: "The id of the last request seen." })),
      wait: wholeNumber(
        z
          .string()
          .optional()
          .openapi({ description: `Seconds, 0 to ${WAIT_MAX_SECONDS}, default ${WAIT_DEFAULT_SECONDS}.`, example: "0" }),
        { least: 0, most: WAIT_MAX_SECONDS },
      ),
    }),
  },
  responses: { 200: json("The request, or null.", nextSchema), ...refusals(...READ_REFUSALS, "invalid_query") },
});

export const nextWebhookRequest = endpoint(route, { access: "resource", rate: "counted" }, async (c, input) => {
  const { after = null, wait = WAIT_DEFAULT_SECONDS } = input.query();
  const query = { after, waitMs: wait * SECOND_MS };
  const next = await nextRequest({ ctx: c.var.ctx, input: { ...input.params(), query } });
  if (next.outcome === "none") return c.json({ ok: true as const, request: null, after: query.after, missed: false }, 200);
  return c.json({ ok: true as const, request: shownRequest(next.request), after: next.request.id, missed: next.missed }, 200);
});
