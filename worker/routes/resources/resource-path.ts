/** The path, the credential and the refusals of every route about one resource. */
import { z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../../contract/errors.ts";
import { UUID_PATTERN } from "../../../contract/names.ts";
import { field } from "../field.ts";

export const RESOURCE_PATH = "/api/v1/resources/{token}";
export const RESOURCE_TAG = "Resources";
/** The team's bearer, or, until the resource is claimed, its own `upgrade_jwt`. */
export const HOLDER_SECURITY = [{ bearerAuth: [] }];

export const resourceParameters = {
  params: z.object({
    token: field(z.uuid().openapi({ description: "The resource's `token`.", example: "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d" }), {
      invalid: "not_found",
      reads: z.string().regex(UUID_PATTERN),
    }),
  }),
};

/** How any of them can be refused. A resource of another team is `not_found`, byte for byte. */
export const RESOURCE_REFUSALS = [
  "unauthorized",
  "insufficient_scope",
  "confirmation_required",
  "foreign_origin",
  "not_found",
  "lookup_failed",
] as const satisfies readonly ErrorCode[];
