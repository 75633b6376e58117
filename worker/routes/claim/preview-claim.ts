/** `GET` and `POST /claim/preview`: what a claim would attach, without side effects. Proxies log queries but not bodies. */
import { createRoute, z } from "@hono/zod-openapi";
import { RESOURCE_KINDS } from "../../../contract/kinds.ts";
import { previewClaim } from "../../services/claim/preview.ts";
import { claimJwtField, linkTokenField } from "../account/fields.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";

const common = { resource_type: z.enum(RESOURCE_KINDS), age_seconds: z.number().int() };
const subjectSchema = z.object({
  ...common,
  subject: z.literal(true),
  id: z.uuid(),
  name: z.string(),
  env: z.string(),
  tier: z.string(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().optional(),
});
const otherSchema = z.object({ ...common, subject: z.literal(false) });
const itemsSchema = z.array(z.union([subjectSchema, otherSchema])).openapi("ClaimableResources", {
  description: "The token's own resource in full (`subject: true`); of other resources of the same fingerprint only kind and age.",
});

const previewSchema = z
  .object({
    ok: z.literal(true),
    token_valid: z.boolean(),
    already_claimed: z.boolean(),
    items: itemsSchema,
    resources: itemsSchema.openapi({ description: "The former name of `items`.", deprecated: true }),
    more: z.boolean().openapi({ description: "True when there are more resources than listed." }),
    expires_at: z.iso.datetime().openapi({ description: "When the token expires." }),
  })
  .openapi("ClaimPreview");

const route = createRoute({
  method: "get",
  path: "/claim/preview",
  tags: ["Claim"],
  summary: "See what a claim would attach",
  description: "No side effect. Optional: a claim works without it.",
  operationId: "previewClaim",
  security: [],
  request: {
    query: z.object({
      t: linkTokenField(
        z.string().openapi({ description: "The `upgrade_jwt` of a create, or the `t` of its `claim_url`." }),
        "missing_token",
      ),
    }),
  },
  responses: {
    200: json("The resources a claim would attach.", previewSchema),
    ...refusals("missing_token", "invalid_token", "lookup_failed"),
  },
});

export const claimPreview = endpoint(route, { access: "open", rate: "counted" }, async (c, input) => {
  const { t: token } = input.query();
  return c.json(await previewClaim({ ctx: c.var.ctx, input: { token } }), 200);
});

const postRoute = createRoute({
  method: "post",
  path: "/claim/preview",
  tags: ["Claim"],
  summary: "See what a claim would attach, with the token in the body",
  description: "The same as `GET /claim/preview`.",
  operationId: "previewClaimByBody",
  security: [],
  request: {
    body: {
      required: true,
      content: { "application/json": { schema: z.object({ token: claimJwtField(z.string()) }).openapi("ClaimPreviewRequest") } },
    },
  },
  responses: {
    200: json("The resources a claim would attach.", previewSchema),
    ...refusals("missing_token", "invalid_token", "invalid_body", "payload_too_large", "unsupported_media_type", "lookup_failed"),
  },
});

export const claimPreviewByBody = endpoint(postRoute, { access: "open", rate: "counted" }, async (c, input) => {
  const { fields } = await input.body();
  return c.json(await previewClaim({ ctx: c.var.ctx, input: fields }), 200);
});
