/** `/api/v1/auth/api-keys`: credentials for unattended programs. */
import { createRoute, z } from "@hono/zod-openapi";
import { apiKeyNameSchema, SCOPES } from "../../../contract/accounts.ts";
import { createApiKey, endApiKey, readApiKeys } from "../../services/auth/api-keys.ts";
import { ignoredFields } from "../account/fields.ts";
import { endpoint } from "../endpoint.ts";
import { field, isEmpty } from "../field.ts";
import { idempotencyHeaders, idempotencyKeyFor } from "../idempotency-key.ts";
import { json, refusals } from "../openapi.ts";
import { ACCOUNT_SECURITY } from "./session.ts";

const PATH = "/api/v1/auth/api-keys";
const scopes = z
  .array(z.enum(SCOPES))
  .openapi({ description: "`write` includes `read`; `admin` includes both.", example: ["read", "write"] });
const bodySchema = z
  .object({
    name: field(z.string().openapi({ example: "ci" }), {
      invalid: "invalid_key_name",
      missing: "missing_name",
      absent: isEmpty,
      reads: apiKeyNameSchema,
    }),
    scopes: field(scopes.optional(), { invalid: "invalid_scopes", reads: scopes.min(1).optional() }),
  })
  .openapi("ApiKeyRequest");
const fields = { id: z.uuid(), name: z.string(), scopes, created_at: z.iso.datetime() };

const createdSchema = z
  .object({
    ok: z.literal(true),
    ...fields,
    key: z.string().openapi({ description: "Shown once. Only its hash is stored." }),
    note: z.string(),
    ignored_fields: z.array(z.string()).optional(),
  })
  .openapi("CreatedApiKey");

const createKeyRoute = createRoute({
  method: "post",
  path: PATH,
  tags: ["Account"],
  summary: "Make an API key",
  description: "Requires a session: a key cannot create keys. Send the key as `Authorization: Bearer <key>`.",
  operationId: "createApiKey",
  security: ACCOUNT_SECURITY,
  request: { headers: idempotencyHeaders, body: { required: true, content: { "application/json": { schema: bodySchema } } } },
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

export const createKey = endpoint(createKeyRoute, { access: "session_admin", rate: "counted" }, async (c, input) => {
  const { ctx } = c.var;
  const idempotencyKey = idempotencyKeyFor(ctx.actor, input.headers());
  const { fields, ignored } = await input.body();
  // Default: all. Each once, in the order of SCOPES.
  const wanted = SCOPES.filter((scope) => (fields.scopes ?? SCOPES).includes(scope));
  const { made, replayed } = await createApiKey({ ctx, input: { name: fields.name, scopes: wanted, idempotencyKey } });
  const answer = { ok: true as const, ...made, note: NOTE, ...ignoredFields(ignored) };
  return c.json(answer, 201, replayed ? { "X-Idempotent-Replay": "true" } : {});
});

const listedSchema = z.object({ ...fields, last_used_at: z.iso.datetime().nullable(), revoked: z.boolean() }).openapi("ApiKey");
const listRoute = createRoute({
  method: "get",
  path: PATH,
  tags: ["Account"],
  summary: "List the team's API keys",
  description: "Names, scopes and dates; never the keys themselves.",
  operationId: "listApiKeys",
  security: ACCOUNT_SECURITY,
  responses: {
    200: json(
      "Active keys first.",
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
  description: "The key stops working before this answer is sent.",
  operationId: "revokeApiKey",
  security: ACCOUNT_SECURITY,
  request: { params: z.object({ id: field(z.uuid(), { invalid: "not_found", reads: z.string().toLowerCase() }) }) },
  responses: {
    200: json("Revoked.", z.object({ ok: z.literal(true), id: z.uuid() }).openapi("RevokedApiKey")),
    ...refusals("unauthorized", "insufficient_scope", "foreign_origin", "not_found", "lookup_failed"),
  },
});

export const revokeKey = endpoint(revokeRoute, { access: "account_admin", rate: "counted" }, async (c, input) => {
  const { id } = input.params();
  await endApiKey({ ctx: c.var.ctx, input: { id } });
  return c.json({ ok: true as const, id }, 200);
});
