/** `GET /api/v1/resources/{token}/credentials`: the connection URL again. */
import { createRoute, z } from "@hono/zod-openapi";
import { RESOURCE_KINDS } from "../../../contract/kinds.ts";
import { revealCredentials } from "../../services/resources/credentials.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { HOLDER_SECURITY, RESOURCE_PATH, RESOURCE_REFUSALS, RESOURCE_TAG, resourceParameters } from "./resource-path.ts";

const credentialsSchema = z
  .looseObject({
    ok: z.literal(true),
    id: z.uuid(),
    token: z.uuid(),
    resource_type: z.enum(RESOURCE_KINDS),
    env: z.string(),
    connection_url: z.string(),
  })
  .openapi("ResourceCredentials", { description: "And the other connection fields from the create of this kind." });

const route = createRoute({
  method: "get",
  path: `${RESOURCE_PATH}/credentials`,
  tags: [RESOURCE_TAG],
  summary: "Reveal a resource's credentials",
  operationId: "revealCredentials",
  security: HOLDER_SECURITY,
  request: resourceParameters,
  responses: {
    200: json("The current credentials.", credentialsSchema),
    ...refusals(...RESOURCE_REFUSALS, "no_connection_url", "update_failed"),
  },
});

export const getCredentials = endpoint(route, { access: "resource", rate: "counted" }, async (c, input) => {
  const { credentials, ...resource } = await revealCredentials({ ctx: c.var.ctx, input: input.params() });
  return c.json(credentialsSchema.parse({ ok: true, ...resource, ...credentials }), 200);
});
