/** `POST /webhooks/brevo/{secret}`: delivery events of mails. The secret in the URL is the credential; logs contain only the route pattern. */
import { createRoute, z } from "@hono/zod-openapi";
import { ApiError } from "../../errors.ts";
import { readBody } from "../../middleware/read-body.ts";
import { receiveDelivery } from "../../services/mail/deliver.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";

const EVENT_MAX_BYTES = 16 * 1024;

const route = createRoute({
  method: "post",
  path: "/webhooks/brevo/{secret}",
  tags: ["Operations"],
  summary: "Delivery events of the mail provider",
  description: "Updates the delivery state of the mail, and the time of its delivery. An unknown mail is not an error.",
  operationId: "brevoEvent",
  security: [],
  request: {
    params: z.object({ secret: z.string() }),
    body: {
      required: true,
      content: {
        "application/json": { schema: z.looseObject({ event: z.string(), "message-id": z.string().optional() }).openapi("BrevoEvent") },
      },
    },
  },
  responses: {
    200: json(
      "Recorded, or ignored because the mail is unknown.",
      z
        .object({ ok: z.literal(true), matched: z.boolean().optional(), event: z.string().optional(), skipped: z.literal(true).optional() })
        .openapi("BrevoEventTaken"),
    ),
    ...refusals("invalid_payload", "unauthorized", "payload_too_large", "internal_error"),
  },
});

export const brevoEvent = endpoint(route, { access: "open", rate: "exempt" }, async (c, input) => {
  const bytes = await readBody(c.req.raw, EVENT_MAX_BYTES);
  const { secret } = input.params();
  return c.json(await receiveDelivery(c.var.ctx.deps, { secret, body: parse(bytes) }), 200);
});

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new ApiError("invalid_payload", { cause });
  }
}
