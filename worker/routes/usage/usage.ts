/** `GET /api/v1/usage`: what the team uses of what its tier includes. */
import { createRoute, z } from "@hono/zod-openapi";
import { RESOURCE_KINDS } from "../../../contract/kinds.ts";
import { tierSchema } from "../../../contract/plans.ts";
import { endpoint } from "../../http.ts";
import { readUsage } from "../../services/usage/read.ts";
import { ACCOUNT_SECURITY } from "../auth/session.ts";
import { json, refusals } from "../openapi.ts";

const count = z.number().int();
const limit = count.openapi({ description: "-1 without a limit." });
const metricSchema = z
  .object({
    count,
    count_limit: limit.openapi({ description: "Of this kind alone; -1 where only `resources.limit` counts." }),
    bytes: count.optional().openapi({
      description: "All of this kind together, above an empty one's own size. Absent for webhooks where their inboxes do not say.",
    }),
    limit_bytes: limit.openapi({ description: "What all of this kind together may store; -1 without a limit." }),
    each_limit_bytes: limit.openapi({ description: "What one of this kind may store in the team's tier; -1 without a limit." }),
    over_limit: count.openapi({ description: "How many are over their size: more than none bars the next create of this kind." }),
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
      provisional: count.openapi({ description: "Came along with a claim and are not confirmed: they count nowhere else." }),
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
  summary: "What the team uses of what its tier includes",
  description: "Bytes as they were measured last, about a minute ago at most.",
  operationId: "usage",
  security: ACCOUNT_SECURITY,
  responses: {
    200: json("Counts and bytes beside their limits.", usageSchema),
    ...refusals("unauthorized", "insufficient_scope", "lookup_failed"),
  },
});

export const getUsage = endpoint(route, { access: "account_read", rate: "counted" }, async (c) =>
  c.json({ ok: true as const, ...(await readUsage({ ctx: c.var.ctx })) }, 200),
);
