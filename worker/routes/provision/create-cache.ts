/** `POST /cache/new`: a Redis user with a prefix of its own. */
import { createRoute, type z } from "@hono/zod-openapi";
import { createResource } from "../../services/provision/create.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { CREATE_REFUSALS } from "./create-refusals.ts";
import { created } from "./created.ts";
import { provisionedCacheSchema } from "./created-schemas.ts";
import { provisionBodySchema, provisionParameters, readProvisionRequest } from "./provision-request.ts";

const route = createRoute({
  method: "post",
  path: "/cache/new",
  tags: ["Provisioning"],
  summary: "Get a Redis",
  description:
    "As `/db/new`, with a Redis user. Put `key_prefix` before every key and every channel (most clients have a setting for it): the server " +
    "refuses all others. Scripts, `SCAN` and server-wide commands are refused, too.",
  operationId: "createCache",
  security: [{}, { bearerAuth: [] }],
  request: { ...provisionParameters, body: { required: true, content: { "application/json": { schema: provisionBodySchema } } } },
  responses: { 201: json("The Redis, ready to use.", provisionedCacheSchema), ...refusals(...CREATE_REFUSALS) },
});

export const createCache = endpoint(route, { access: "optional_bearer", rate: "admission" }, async (c, input) => {
  const { request } = await readProvisionRequest(c, input);
  const result = await createResource({ ctx: c.var.ctx, input: { kind: "redis", ...request } });
  return created<z.infer<typeof provisionedCacheSchema>>(c, result);
});
