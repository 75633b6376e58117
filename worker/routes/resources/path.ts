/** The path and the credential every route about one resource has. */
import { z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../../contract/errors.ts";
import type { AppContext } from "../../http.ts";

export const RESOURCE_PATH = "/api/v1/resources/{token}";
export const RESOURCE_TAG = "Resources";
/** The bearer is the team's; or, until it is claimed, the `upgrade_jwt` of this very resource. */
export const HOLDER_SECURITY = [{ bearerAuth: [] }];

export const resourceParameters = {
  params: z.object({
    token: z.uuid().openapi({ description: "The resource's `token`.", example: "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d" }),
  }),
};

/** The ways any of them can be refused. What is somebody else's is `not_found`, byte for byte. */
export const RESOURCE_REFUSALS = [
  "unauthorized",
  "insufficient_scope",
  "confirmation_required",
  "foreign_origin",
  "not_found",
  "lookup_failed",
] as const satisfies readonly ErrorCode[];

/** The token in the path, as it was sent; finding the resource checks it. */
export function tokenOf(c: AppContext): string {
  return c.req.param("token") ?? "";
}
