/** `POST /storage/{token}/presign`: a short-lived signed URL for one object. */
import { createRoute, z } from "@hono/zod-openapi";
import { openByToken } from "../../services/storage/open.ts";
import { presignObject } from "../../services/storage/presign.ts";
import { endpoint } from "../endpoint.ts";
import { field } from "../field.ts";
import { json, refusals } from "../openapi.ts";
import { objectKeySchema } from "./object-key.ts";
import { storageParameters } from "./storage-schemas.ts";

const SECONDS_DEFAULT = 600;
const SECONDS_MAX = 3_600;
const operationSchema = z.enum(["PUT", "GET"]);

const bodySchema = z
  .object({
    operation: field(operationSchema.openapi({ description: "`PUT` uploads, `GET` downloads." }), { invalid: "invalid_operation" }),
    key: field(
      objectKeySchema.openapi({ description: "Of the object, below your prefix: a plain relative path.", example: "uploads/photo.jpg" }),
      { invalid: "invalid_key" },
    ),
    expires_in: field(
      z
        .number()
        .int()
        .min(1)
        .transform((seconds) => Math.min(seconds, SECONDS_MAX))
        .optional()
        .openapi({
          description: "How many seconds the URL works. More than 3600 counts as 3600.",
          default: SECONDS_DEFAULT,
          example: SECONDS_DEFAULT,
        }),
      { invalid: "invalid_expires_in" },
    ),
  })
  .openapi("PresignRequest");

const presignedSchema = z
  .object({
    ok: z.literal(true),
    url: z.string().openapi({ description: "PUT the bytes to it, or GET them from it. It is a credential until it expires." }),
    method: operationSchema,
    key: z.string(),
    object_key: z.string().openapi({ description: "The whole key: your prefix, a slash, and `key`." }),
    expires_at: z.iso.datetime(),
  })
  .openapi("PresignedUrl");

const route = createRoute({
  method: "post",
  path: "/storage/{token}/presign",
  tags: ["Storage"],
  summary: "Get a signed URL for one object",
  description:
    "The token is the credential. No Authorization header is needed; one that is sent must belong to this resource. At most 10 requests a minute for a token. " +
    "A storage resource over its size limit refuses PUT (402); GET still works.",
  operationId: "presignObject",
  security: [{}, { resourceAuth: [] }, { bearerAuth: [] }],
  request: { ...storageParameters("invalid_token"), body: { required: true, content: { "application/json": { schema: bodySchema } } } },
  responses: {
    200: json("The URL.", presignedSchema),
    ...refusals(
      "invalid_token",
      "not_a_storage_resource",
      "invalid_body",
      "invalid_operation",
      "invalid_key",
      "path_unsafe",
      "invalid_expires_in",
      "unauthorized",
      "storage_limit_reached",
      "cross_team_session",
      "resource_not_found",
      "resource_paused",
      "resource_inactive",
      "payload_too_large",
      "unsupported_media_type",
      "service_disabled",
      "sign_failed",
      "admission_unavailable",
      "lookup_failed",
    ),
  },
});

export const presign = endpoint(route, { access: "optional_resource", rate: "counted" }, async (c, input) => {
  const { ctx } = c.var;
  // The token before the body: without a valid token a caller learns nothing about the body's fields.
  const found = await openByToken({ ctx, input: input.params() });
  const { operation, key, expires_in: expiresInSeconds = SECONDS_DEFAULT } = (await input.body()).fields;
  return c.json(await presignObject({ ctx, found, input: { operation, key, expiresInSeconds } }), 200);
});
