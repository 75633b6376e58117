/** `POST /api/v1/resources/{token}/confirm`: a resource that a claim attached provisionally becomes the team's. */
import { createRoute, z } from "@hono/zod-openapi";
import { confirmResource } from "../../services/resources/confirm.ts";
import { endpoint } from "../endpoint.ts";
import { field, isEmpty } from "../field.ts";
import { json, refusals } from "../openapi.ts";
import { RESOURCE_PATH, RESOURCE_REFUSALS, RESOURCE_TAG, resourceParameters } from "./resource-path.ts";

const bodySchema = z
  .object({
    upgrade_jwt: field(z.string().openapi({ description: "The resource's own." }), {
      invalid: "missing_token",
      missing: "missing_token",
      absent: isEmpty,
    }),
  })
  .openapi("ConfirmResource");

const route = createRoute({
  method: "post",
  path: `${RESOURCE_PATH}/confirm`,
  tags: [RESOURCE_TAG],
  summary: "Confirm a resource that a claim attached",
  description: "Send the resource's own `upgrade_jwt` once. After that the team can open, rotate and delete it.",
  operationId: "confirmResource",
  security: [{ bearerAuth: [] }],
  request: { ...resourceParameters, body: { required: true, content: { "application/json": { schema: bodySchema } } } },
  responses: {
    200: json("Confirmed.", z.object({ ok: z.literal(true) }).openapi("ConfirmedResource")),
    ...refusals(...RESOURCE_REFUSALS, "missing_token", "invalid_token", "invalid_body", "payload_too_large", "unsupported_media_type"),
  },
});

export const confirmAttachedResource = endpoint(route, { access: "account_write", rate: "counted" }, async (c, input) => {
  const { upgrade_jwt: upgradeJwt } = (await input.body()).fields;
  await confirmResource({ ctx: c.var.ctx, input: { ...input.params(), upgradeJwt } });
  return c.json({ ok: true as const }, 200);
});
