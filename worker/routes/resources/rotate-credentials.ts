/** `POST /api/v1/resources/{token}/rotate-credentials`: a new password; the old one stops working. */
import { createRoute, z } from "@hono/zod-openapi";
import { rotateCredentials } from "../../services/resources/rotate.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { HOLDER_SECURITY, RESOURCE_PATH, RESOURCE_REFUSALS, RESOURCE_TAG, resourceParameters } from "./resource-path.ts";

const rotatedSchema = z
  .looseObject({ ok: z.literal(true), connection_url: z.string() })
  .openapi("RotatedCredentials", { description: "And the other connection fields from the create of this kind." });

const route = createRoute({
  method: "post",
  path: `${RESOURCE_PATH}/rotate-credentials`,
  tags: [RESOURCE_TAG],
  summary: "Change a resource's password",
  description: "Sessions opened with the old password end. If a request is interrupted, the next one completes the change.",
  operationId: "rotateCredentials",
  security: HOLDER_SECURITY,
  request: resourceParameters,
  responses: {
    200: json("The new credentials.", rotatedSchema),
    ...refusals(...RESOURCE_REFUSALS, "no_connection_url", "update_failed"),
  },
});

export const rotateResource = endpoint(route, { access: "resource", rate: "counted" }, async (c, input) => {
  const credentials = await rotateCredentials({ ctx: c.var.ctx, input: input.params() });
  return c.json(rotatedSchema.parse({ ok: true, ...credentials }), 200);
});
