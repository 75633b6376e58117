/** `POST /api/v1/webhooks/{token}/requests/{id}/replay`: sends a stored request again. */
import { createRoute, z } from "@hono/zod-openapi";
import { REPLAYS_PER_MINUTE } from "../../../contract/webhook-inbox.ts";
import { replayRequest } from "../../services/webhooks/replay.ts";
import { endpoint } from "../endpoint.ts";
import { field } from "../field.ts";
import { json, refusals } from "../openapi.ts";
import { encodeBody } from "./body.ts";
import { encodedBodyFields, READ_REFUSALS, requestParameters } from "./stored-request.ts";

const bodySchema = z
  .object({
    url: field(
      z.string().openapi({
        description: "The target: http or https, a public host, port 80, 443 or from 1024, no user or password.",
        example: "https://hooks.example.com/github",
      }),
      // Checked by the service, after it is known that the caller may replay.
      { invalid: "invalid_url", reads: z.unknown() },
    ),
  })
  .openapi("WebhookReplayRequest");

const schema = z
  .object({
    ok: z.literal(true),
    request_id: z
      .string()
      .openapi({ description: "The request that was sent. The target also got it as `X-Webhook-Replay`.", example: "req_06c3f5a1b2c3d4" }),
    url: z.string(),
    delivered: z.boolean().openapi({ description: "Whether the target answered, with any status." }),
    duration_ms: z.number().int(),
    failure: z.enum(["unreachable", "timeout", "not_sendable"]).optional().openapi({ description: "Why there is no answer." }),
    status: z.number().int().optional().openapi({ description: "The status of the answer. Redirects are not followed." }),
    body: encodedBodyFields.body.optional(),
    body_encoding: encodedBodyFields.body_encoding.optional(),
    body_truncated: z.boolean().optional().openapi({ description: "True when only the first 64 KiB are shown." }),
  })
  .openapi("WebhookReplay");

const route = createRoute({
  method: "post",
  path: "/api/v1/webhooks/{token}/requests/{id}/replay",
  tags: ["Webhooks"],
  summary: "Replay a stored request",
  description:
    `Sends it to a URL you name, with the sender's method, headers and body (GET and HEAD without one). Redacted headers are left out. For inboxes of an account only, ${REPLAYS_PER_MINUTE} a minute. ` +
    "Only public addresses can be reached. Redirects are not followed.",
  operationId: "replayWebhookRequest",
  security: [{ bearerAuth: [] }],
  request: { params: requestParameters, body: { required: true, content: { "application/json": { schema: bodySchema } } } },
  responses: {
    200: json("The result.", schema),
    ...refusals(
      ...READ_REFUSALS,
      "invalid_body",
      "invalid_url",
      "replay_requires_account",
      "webhook_request_not_found",
      "payload_too_large",
      "unsupported_media_type",
      "replay_disabled",
    ),
  },
});

export const replayWebhookRequest = endpoint(route, { access: "resource", rate: "counted" }, async (c, input) => {
  const named = input.params();
  const { url: wanted } = (await input.body()).fields;
  const result = await replayRequest({ ctx: c.var.ctx, input: { ...named, url: wanted } });
  const common = { ok: true as const, request_id: named.id, url: result.url, duration_ms: result.durationMs };
  if (!result.delivered) return c.json({ ...common, delivered: false, failure: result.failure }, 200);
  const { status, body, truncated } = result;
  return c.json({ ...common, delivered: true, status, ...encodeBody(body), body_truncated: truncated }, 200);
});
