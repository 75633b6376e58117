/** `POST /storage/{token}/credentials`: fresh keys before the old ones expire. */
import { createRoute, type z } from "@hono/zod-openapi";
import { refreshCredentials } from "../../services/storage/refresh.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { RESOURCE_REFUSALS } from "../resources/resource-path.ts";
import { storageCredentialsSchema, storageParameters } from "./storage-schemas.ts";

const route = createRoute({
  method: "post",
  path: "/storage/{token}/credentials",
  tags: ["Storage"],
  summary: "Refresh storage keys",
  description:
    "For `mode` `prefix-scoped-temporary`: issues new keys. The old ones work until they expire. Until the resource is claimed, the bearer is its own `upgrade_jwt`.",
  operationId: "refreshStorageCredentials",
  security: [{ resourceAuth: [] }, { bearerAuth: [] }],
  request: storageParameters("not_found"),
  responses: {
    200: json("The keys. The platform has used them before this answer.", storageCredentialsSchema),
    ...refusals(...RESOURCE_REFUSALS, "not_a_storage_resource", "resource_paused", "update_failed"),
  },
});

export const refreshStorage = endpoint(route, { access: "resource", rate: "counted" }, async (c, input) => {
  const credentials = await refreshCredentials({ ctx: c.var.ctx, input: input.params() });
  const answer: z.infer<typeof storageCredentialsSchema> = storageCredentialsSchema.parse({ ok: true, ...credentials });
  return c.json(answer, 200);
});
