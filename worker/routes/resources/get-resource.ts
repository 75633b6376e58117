/** `GET /api/v1/resources/{token}`: one resource, without its credentials. */
import { createRoute, z } from "@hono/zod-openapi";
import { ACCESS_REASONS } from "../../../contract/access.ts";
import { ACCESSES } from "../../../contract/jobs.ts";
import { RESOURCE_KINDS } from "../../../contract/kinds.ts";
import { tierSchema } from "../../../contract/plans.ts";
import { describeResource } from "../../services/resources/item.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { HOLDER_SECURITY, RESOURCE_PATH, RESOURCE_REFUSALS, RESOURCE_TAG, resourceParameters } from "./resource-path.ts";

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
      .openapi({ description: `The last measured size, less the size of an empty resource. ${VEILED}.` }),
    storage_limit_bytes: z.number().int().openapi({ description: "-1 without a limit." }),
    storage_exceeded: z.boolean().openapi({ description: "When true, further creates of this kind return 402." }),
    connections_limit: z.number().int().openapi({ description: "-1 without a limit." }),
    access: z
      .enum(ACCESSES)
      .nullable()
      .openapi({ description: `\`full\`, unless the resource is far over its limit or paused. ${VEILED}.` }),
    access_reason: z.enum(ACCESS_REASONS).optional().openapi({ description: "Present when `access` is less than `full`." }),
    agent_action: z.string().optional().openapi({ description: "How to restore full access. Present when `access` is less than `full`." }),
    created_at: z.iso.datetime(),
    team_id: z.uuid().optional(),
    provisional: z.literal(true).optional().openapi({
      description:
        "Attached by a claim from the same address and not confirmed. To see more than kind and age, or to open, rotate or delete it, confirm it with its own upgrade_jwt.",
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
  summary: "Get one resource",
  description: "Its kind, size, limits and access. Never its credentials.",
  operationId: "getResource",
  security: HOLDER_SECURITY,
  request: resourceParameters,
  responses: { 200: json("The resource.", answerSchema), ...refusals(...RESOURCE_REFUSALS) },
});

export const getResource = endpoint(route, { access: "resource_read", rate: "counted" }, async (c, input) => {
  const item = await describeResource({ ctx: c.var.ctx, input: input.params() });
  return c.json({ ok: true as const, item, resource: item }, 200);
});
