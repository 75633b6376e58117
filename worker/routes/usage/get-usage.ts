/** `GET /api/v1/usage`: the team's usage and limits. */
import { createRoute, z } from "@hono/zod-openapi";
import { RESOURCE_KINDS } from "../../../contract/kinds.ts";
import { tierSchema } from "../../../contract/plans.ts";
import { readUsage } from "../../services/usage/read.ts";
import { ACCOUNT_SECURITY } from "../auth/session.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";

const count = z.number().int();
const limit = count.openapi({ description: "-1 without a limit." });
const metricSchema = z
  .object({
    count,
    count_limit: limit.openapi({ description: "The limit of this kind alone; -1 where only `resources.limit` applies." }),
    bytes: count.optional().openapi({
      description: "The total of this kind, less the size of empty resources. Absent for webhooks when an inbox does not answer.",
    }),
    limit_bytes: limit.openapi({ description: "The total storage limit of this kind; -1 without a limit." }),
    each_limit_bytes: limit.openapi({ description: "The storage limit of one resource in the team's tier; -1 without a limit." }),
    over_limit: count.openapi({
      description: "How many are over their size limit. When more than 0, further creates of this kind return 402.",
    }),
  })
  .openapi("UsageMetric");

const usageSchema = z
  .object({
    ok: z.literal(true),
    tier: z.enum(tierSchema.options),
    as_of: z.iso.datetime(),
    resources: z.object({
      count,
      limit,
      provisional: count.openapi({ description: "Attached by a claim and not confirmed. They do not count elsewhere." }),
    }),
    usage: z.object(Object.fromEntries(RESOURCE_KINDS.map((kind) => [kind, metricSchema])) as Record<string, typeof metricSchema>),
    members: z.object({ count, limit }),
    api_keys: z.object({ count, limit }),
  })
  .openapi("Usage");

const route = createRoute({
  method: "get",
  path: "/api/v1/usage",
  tags: ["Account"],
  summary: "Get the team's usage and limits",
  description: "Bytes are the last measurement, about a minute old at most.",
  operationId: "usage",
  security: ACCOUNT_SECURITY,
  responses: {
    200: json("Counts and bytes with their limits.", usageSchema),
    ...refusals("unauthorized", "insufficient_scope", "lookup_failed"),
  },
});

export const getUsage = endpoint(route, { access: "account_read", rate: "counted" }, async (c) =>
  c.json({ ok: true as const, ...(await readUsage({ ctx: c.var.ctx })) }, 200),
);
