/** `/api/v1/auth/api-keys`: credentials for what runs unattended. */
import { createRoute, z } from "@hono/zod-openapi";
import { apiKeyNameSchema, SCOPES, type Scope, scopeSchema } from "../../../contract/accounts.ts";
import { ApiError } from "../../errors.ts";
import { endpoint } from "../../http.ts";
import { readIdempotencyKey } from "../../middleware/idempotency-key.ts";
import { type JsonObject, readJsonObject } from "../../middleware/json-body.ts";
import { createApiKey, endApiKey, readApiKeys } from "../../services/auth/api-keys.ts";
import { ignoredFields } from "../account/fields.ts";
import { json, refusals } from "../openapi.ts";
import { ownValue, provisionParameters } from "../provision/request.ts";
import { ACCOUNT_SECURITY } from "./session.ts";

const PATH = "/api/v1/auth/api-keys";
const scopes = z.array(z.enum(SCOPES)).openapi({ description: "`write` includes `read`, `admin` both.", example: ["read", "write"] });
const bodySchema = z.object({ name: z.string().openapi({ example: "ci" }), scopes: scopes.optional() }).openapi("ApiKeyRequest");
const fields = { id: z.uuid(), name: z.string(), scopes, created_at: z.iso.datetime() };

const createdSchema = z
  .object({
    ok: z.literal(true),
    ...fields,
    key: z.string().openapi({ description: "Shown this once; only a hash of it is kept." }),
    note: z.string(),
    ignored_fields: z.array(z.string()).optional(),
  })
  .openapi("CreatedApiKey");

const createKeyRoute = createRoute({
  method: "post",
  path: PATH,
  tags: ["Account"],
  summary: "Make an API key",
  description: "Only a signed-in person can: a key cannot make keys. Send it as `Authorization: Bearer <key>`.",
  operationId: "createApiKey",
  security: ACCOUNT_SECURITY,
  request: { headers: provisionParameters.headers, body: { required: true, content: { "application/json": { schema: bodySchema } } } },
  responses: {
    201: json("The key.", createdSchema),
    ...refusals(
      "missing_name",
      "invalid_key_name",
      "invalid_scopes",
      "invalid_body",
      "invalid_idempotency_key",
      "unauthorized",
      "session_required",
      "foreign_origin",
      "idempotency_key_conflict",
      "api_key_limit_reached",
      "payload_too_large",
      "unsupported_media_type",
      "lookup_failed",
    ),
  },
});

const NOTE = "Keep it now: it is not shown again. Send it as Authorization: Bearer <key>.";

export const createKey = endpoint(createKeyRoute, { access: "session_admin", rate: "counted" }, async (c) => {
  const { ctx } = c.var;
  const idempotencyKey = readIdempotencyKey(c.req.raw.headers, ctx.actor);
  const body = await readJsonObject(c.req.raw);
  const { made, replayed } = await createApiKey({ ctx, input: { name: readName(body), scopes: readScopes(body), idempotencyKey } });
  const answer = { ok: true as const, ...made, note: NOTE, ...ignoredFields(body, Object.keys(bodySchema.shape)) };
  return c.json(answer, 201, replayed ? { "X-Idempotent-Replay": "true" } : {});
});

function readName(body: JsonObject): string {
  const value = ownValue(body, "name");
  if (value === undefined || value === null || value === "") throw new ApiError("missing_name");
  const name = apiKeyNameSchema.safeParse(value);
  if (!name.success) throw new ApiError("invalid_key_name");
  return name.data;
}

/** Left out: all. Each once, in their order. */
function readScopes(body: JsonObject): Scope[] {
  const parsed = z
    .array(scopeSchema)
    .min(1)
    .safeParse(ownValue(body, "scopes") ?? [...SCOPES]);
  if (!parsed.success) throw new ApiError("invalid_scopes");
  return SCOPES.filter((scope) => parsed.data.includes(scope));
}

const listedSchema = z.object({ ...fields, last_used_at: z.iso.datetime().nullable(), revoked: z.boolean() }).openapi("ApiKey");
const listRoute = createRoute({
  method: "get",
  path: PATH,
  tags: ["Account"],
  summary: "List the team's API keys",
  description: "What they are, never the keys themselves.",
  operationId: "listApiKeys",
  security: ACCOUNT_SECURITY,
  responses: {
    200: json(
      "Living keys first.",
      z.object({ ok: z.literal(true), items: z.array(listedSchema), total: z.number().int() }).openapi("ApiKeys"),
    ),
    ...refusals("unauthorized", "insufficient_scope", "lookup_failed"),
  },
});

export const listKeys = endpoint(listRoute, { access: "account_review", rate: "counted" }, async (c) => {
  const items = await readApiKeys({ ctx: c.var.ctx });
  return c.json({ ok: true as const, items, total: items.length }, 200);
});

const revokeRoute = createRoute({
  method: "delete",
  path: `${PATH}/{id}`,
  tags: ["Account"],
  summary: "Revoke an API key",
  description: "From this answer on it opens nothing.",
  operationId: "revokeApiKey",
  security: ACCOUNT_SECURITY,
  request: { params: z.object({ id: z.uuid() }) },
  responses: {
    200: json("Revoked.", z.object({ ok: z.literal(true), id: z.uuid() }).openapi("RevokedApiKey")),
    ...refusals("unauthorized", "insufficient_scope", "foreign_origin", "not_found", "lookup_failed"),
  },
});

export const revokeKey = endpoint(revokeRoute, { access: "account_admin", rate: "counted" }, async (c) => {
  const id = (c.req.param("id") ?? "").toLowerCase();
  await endApiKey({ ctx: c.var.ctx, input: { id } });
  return c.json({ ok: true as const, id }, 200);
});
