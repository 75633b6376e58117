/** `GET /api/v1/resources/{token}`: one resource, without its credentials. */
import { createRoute, z } from "@hono/zod-openapi";
import { ACCESS_REASONS } from "../../../contract/access.ts";
import { ACCESSES } from "../../../contract/jobs.ts";
import { RESOURCE_KINDS } from "../../../contract/kinds.ts";
import { tierSchema } from "../../../contract/plans.ts";
import { endpoint } from "../../http.ts";
import { describeResource } from "../../services/resources/item.ts";
import { json, refusals } from "../openapi.ts";
import { HOLDER_SECURITY, RESOURCE_PATH, RESOURCE_REFUSALS, RESOURCE_TAG, resourceParameters, tokenOf } from "./path.ts";

const VEILED = "Null to the team while `provisional`";

export const resourceItemSchema = z
  .object({
    id: z.uuid(),
    token: z.uuid(),
    resource_type: z.enum(RESOURCE_KINDS),
    tier: z.enum(tierSchema.options),
    status: z.enum(["active", "paused"]),
    env: z
      .string()
      .nullable()
      .openapi({ description: `${VEILED}.` }),
    name: z
      .string()
      .nullable()
      .openapi({ description: `${VEILED}.` }),
    storage_bytes: z
      .number()
      .int()
      .nullable()
      .openapi({ description: `Above an empty resource's own size, as it was measured last. ${VEILED}.` }),
    storage_limit_bytes: z.number().int().openapi({ description: "-1 without a limit." }),
    storage_exceeded: z.boolean().openapi({ description: "True bars the next create of this kind with 402." }),
    connections_limit: z.number().int().openapi({ description: "-1 without a limit." }),
    access: z
      .enum(ACCESSES)
      .nullable()
      .openapi({ description: `What it may do; \`full\` unless gross excess has cut it or its team has paused it. ${VEILED}.` }),
    access_reason: z.enum(ACCESS_REASONS).optional().openapi({ description: "Present when `access` says less than `full`." }),
    agent_action: z.string().optional().openapi({ description: "The way back; present when `access` says less than `full`." }),
    created_at: z.iso.datetime(),
    team_id: z.uuid().optional(),
    provisional: z.literal(true).optional().openapi({
      description:
        "It came along with a claim from the same address: to see more than kind and age, to open, rotate or delete it, confirm it with its own upgrade_jwt.",
    }),
    paused_at: z.iso.datetime().optional().openapi({ description: "Present when `status` is `paused`." }),
    expires_at: z.iso.datetime().optional().openapi({ description: "Absent when it does not expire." }),
  })
  .openapi("ResourceItem");

const answerSchema = z
  .object({ ok: z.literal(true), item: resourceItemSchema, resource: resourceItemSchema })
  .openapi("ResourceAnswer", { description: "`resource` is the same as `item`, for older clients." });

const route = createRoute({
  method: "get",
  path: RESOURCE_PATH,
  tags: [RESOURCE_TAG],
  summary: "See one resource",
  description: "What it is, what it stores and what it may do. Never its credentials.",
  operationId: "getResource",
  security: HOLDER_SECURITY,
  request: resourceParameters,
  responses: { 200: json("The resource.", answerSchema), ...refusals(...RESOURCE_REFUSALS) },
});

export const getResource = endpoint(route, { access: "resource_read", rate: "counted" }, async (c) => {
  const item = await describeResource({ ctx: c.var.ctx, input: { token: tokenOf(c) } });
  return c.json({ ok: true as const, item, resource: item }, 200);
});
