/** `POST /storage/{token}/presign`: a short-lived signed URL for one object. */
import { createRoute, z } from "@hono/zod-openapi";
import { ApiError } from "../../errors.ts";
import { endpoint } from "../../http.ts";
import { type JsonObject, readJsonObject } from "../../middleware/json-body.ts";
import { readObjectKey } from "../../services/storage/key.ts";
import { openByToken } from "../../services/storage/open.ts";
import { type PresignInput, presignObject } from "../../services/storage/presign.ts";
import { json, refusals } from "../openapi.ts";
import { ownValue } from "../provision/request.ts";
import { storageParameters } from "./path.ts";

const SECONDS_DEFAULT = 600;
const SECONDS_MAX = 3_600;
const operationSchema = z.enum(["PUT", "GET"]);
const secondsSchema = z.number().int().min(1);

const bodySchema = z
  .object({
    operation: operationSchema.openapi({ description: "`PUT` uploads, `GET` downloads." }),
    key: z.string().openapi({ description: "Of the object, below your prefix: a plain relative path.", example: "uploads/photo.jpg" }),
    expires_in: secondsSchema.optional().openapi({
      description: "Seconds the URL lives; more than 3600 counts as 3600.",
      default: SECONDS_DEFAULT,
      example: SECONDS_DEFAULT,
    }),
  })
  .openapi("PresignRequest");

const presignedSchema = z
  .object({
    ok: z.literal(true),
    url: z.string().openapi({ description: "Send the bytes to it with PUT, or GET them from it. A credential until it expires." }),
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
    "The token is the credential; no Authorization header is needed, and one that is sent must be this resource's own. At most 10 a minute for a token. " +
    "Over its size, a storage resource takes no PUT (402); GET goes on.",
  operationId: "presignObject",
  security: [{}, { resourceAuth: [] }, { bearerAuth: [] }],
  request: { ...storageParameters, body: { required: true, content: { "application/json": { schema: bodySchema } } } },
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

export const presign = endpoint(route, { access: "optional_resource", rate: "counted" }, async (c) => {
  const { ctx } = c.var;
  // The token before the body: who has none learns nothing of what a body should be.
  const found = await openByToken({ ctx, input: { token: c.req.param("token") ?? "" } });
  const input = readInput(await readJsonObject(c.req.raw));
  return c.json(await presignObject({ ctx, found, input }), 200);
});

function readInput(body: JsonObject): PresignInput {
  const operation = operationSchema.safeParse(ownValue(body, "operation"));
  if (!operation.success) throw new ApiError("invalid_operation");
  const key = readObjectKey(ownValue(body, "key"));
  const seconds = secondsSchema.safeParse(ownValue(body, "expires_in") ?? SECONDS_DEFAULT);
  if (!seconds.success) throw new ApiError("invalid_expires_in");
  return { operation: operation.data, key, expiresInSeconds: Math.min(seconds.data, SECONDS_MAX) };
}
