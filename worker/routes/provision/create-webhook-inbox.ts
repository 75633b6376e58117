/** `POST /webhook/new`: a public URL that accepts any request and shows it to its owner. */
import { createRoute, z } from "@hono/zod-openapi";
import { FIXED_CONTENT_TYPES, FIXED_RESPONSE_MAX_BYTES, type FixedResponse } from "../../../contract/webhook-inbox.ts";
import { createResource } from "../../services/provision/create.ts";
import { endpoint } from "../endpoint.ts";
import { field } from "../field.ts";
import { DOCUMENTED_URL, json, refusals } from "../openapi.ts";
import { CREATE_REFUSALS } from "./create-refusals.ts";
import { created } from "./created.ts";
import { provisionedFields } from "./created-schemas.ts";
import { requestedResponseSchema } from "./fixed-response.ts";
import { provisionBodySchema, provisionParameters, readProvisionRequest } from "./provision-request.ts";

const fixedResponseSchema = z
  .object({
    status: z.number().int().min(200).max(599).openapi({ description: "200 to 299 or 400 to 599.", default: 200, example: 200 }),
    content_type: z.enum(FIXED_CONTENT_TYPES).openapi({ default: "text/plain", example: "text/plain" }),
    body: z
      .string()
      .openapi({ description: `At most ${FIXED_RESPONSE_MAX_BYTES} bytes; JSON must parse. Empty for 204 and 205.`, example: "ok" }),
  })
  .openapi("WebhookFixedResponse", { description: "The answer to senders instead of `{ok, id}`. No HTML, no cookie, no redirect." });

const bodySchema = provisionBodySchema
  .extend({
    response: field(fixedResponseSchema.partial().optional(), {
      invalid: "invalid_response",
      explains: true,
      reads: requestedResponseSchema.optional(),
    }),
  })
  .openapi("ProvisionWebhookRequest", { example: { name: "github-webhook" } });

const provisionedWebhookSchema = z
  .object({
    ...provisionedFields,
    receive_url: z.string().openapi({
      description:
        "Accepts every method, at this path and below it. The URL alone is enough to post; reading requires `upgrade_jwt` as bearer.",
      example: `${DOCUMENTED_URL}/webhook/receive/a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d`,
    }),
    response: fixedResponseSchema.optional(),
    limits: z.object({
      requests_stored: z.number().int().openapi({ description: "A further request evicts the oldest. -1: no limit.", example: 100 }),
      expires_in: z.string().optional().openapi({ example: "24h" }),
    }),
  })
  .openapi("ProvisionedWebhookInbox");

const route = createRoute({
  method: "post",
  path: "/webhook/new",
  tags: ["Provisioning"],
  summary: "Get a URL that receives webhooks",
  description:
    "No account needed: `receive_url` accepts any request now, for 24 hours. Read them at `/api/v1/webhooks/{token}/requests`, or wait for the " +
    "next one at `…/requests/next?wait=30`, with `upgrade_jwt` as bearer.",
  operationId: "createWebhookInbox",
  security: [{}, { bearerAuth: [] }],
  request: { ...provisionParameters, body: { required: true, content: { "application/json": { schema: bodySchema } } } },
  responses: { 201: json("The inbox, ready to use.", provisionedWebhookSchema), ...refusals(...CREATE_REFUSALS, "invalid_response") },
});

export const createWebhookInbox = endpoint(route, { access: "optional_bearer", rate: "admission" }, async (c, input) => {
  const { request, own } = await readProvisionRequest(c, input);
  const response = own.response === undefined ? {} : { response: own.response, extra: { response: shown(own.response) } };
  const result = await createResource({ ctx: c.var.ctx, input: { kind: "webhook", ...request, ...response } });
  return created<z.infer<typeof provisionedWebhookSchema>>(c, result);
});

function shown({ status, contentType, body }: FixedResponse) {
  return { status, content_type: contentType, body };
}
