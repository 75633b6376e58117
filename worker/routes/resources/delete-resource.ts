/** `DELETE /api/v1/resources/{token}`: deletes a resource at once; the engine's part follows through the outbox. */
import { createRoute, z } from "@hono/zod-openapi";
import { deleteResource } from "../../services/resources/delete.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { HOLDER_SECURITY, RESOURCE_PATH, RESOURCE_REFUSALS, RESOURCE_TAG, resourceParameters } from "./resource-path.ts";

const DELETED = "The resource is deleted. Its data is being removed.";

const route = createRoute({
  method: "delete",
  path: RESOURCE_PATH,
  tags: [RESOURCE_TAG],
  summary: "Delete a resource",
  description: "Permanent, with all its data. A second delete is 404.",
  operationId: "deleteResource",
  security: HOLDER_SECURITY,
  request: resourceParameters,
  responses: {
    200: json("Deleted.", z.object({ ok: z.literal(true), message: z.string() }).openapi("Deleted")),
    ...refusals(...RESOURCE_REFUSALS, "delete_failed"),
  },
});

export const removeResource = endpoint(route, { access: "resource", rate: "counted" }, async (c, input) => {
  await deleteResource({ ctx: c.var.ctx, input: input.params() });
  return c.json({ ok: true as const, message: DELETED }, 200);
});
