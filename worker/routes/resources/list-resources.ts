/** `GET /api/v1/resources`: the team's resources, without credentials. */
import { createRoute, z } from "@hono/zod-openapi";
import { RESOURCE_KINDS } from "../../../contract/kinds.ts";
import { listResources } from "../../services/resources/list.ts";
import { ACCOUNT_SECURITY } from "../auth/session.ts";
import { endpoint } from "../endpoint.ts";
import { parameter } from "../field.ts";
import { json, refusals } from "../openapi.ts";
import { CURSOR, cursorOf, readCursor } from "./cursor.ts";
import { resourceItemSchema } from "./get-resource.ts";
import { RESOURCE_TAG } from "./resource-path.ts";

const LIMIT_MAX = 200;
const LIMIT_DEFAULT = 50;

const query = z.object({
  limit: parameter(z.coerce.number().int().min(1).max(LIMIT_MAX).optional(), `must be a whole number from 1 to ${LIMIT_MAX}`),
  before: parameter(
    z.string().regex(CURSOR).transform(readCursor).optional().openapi({ description: "The `next_cursor` of the previous page." }),
    "must be the next_cursor of the page before",
  ),
  env: parameter(
    z.string().optional().openapi({ description: "Only this env. An env without resources is an empty list.", example: "production" }),
    "must be one env",
  ),
  type: parameter(z.enum(RESOURCE_KINDS).optional(), `must be one of ${RESOURCE_KINDS.join(", ")}`),
});

const listedSchema = resourceItemSchema
  .extend({
    token: z.uuid().optional().openapi({
      description:
        "Absent for provisional resources. Also absent for storage and webhooks when a read-only key asks, because their tokens can write.",
    }),
  })
  .openapi("ListedResource");

const pageSchema = z
  .object({
    ok: z.literal(true),
    items: z.array(listedSchema),
    total: z.number().int().openapi({ description: "The number of resources that match the filter, on all pages." }),
    next_cursor: z.string().nullable(),
  })
  .openapi("ResourcePage");

const route = createRoute({
  method: "get",
  path: "/api/v1/resources",
  tags: [RESOURCE_TAG],
  summary: "List the team's resources",
  description: "Newest first. Without connection URLs: get those from `/api/v1/resources/{token}/credentials`.",
  operationId: "listResources",
  security: ACCOUNT_SECURITY,
  request: { query },
  responses: {
    200: json("One page.", pageSchema),
    ...refusals("invalid_query", "unauthorized", "insufficient_scope", "lookup_failed"),
  },
});

export const listTeamResources = endpoint(route, { access: "account_read", rate: "counted" }, async (c, input) => {
  const { limit = LIMIT_DEFAULT, before = null, env = null, type: kind = null } = input.query();
  const { items, total, next } = await listResources({ ctx: c.var.ctx, input: { limit, before, env, kind } });
  const next_cursor = next === null ? null : cursorOf(next);
  return c.json({ ok: true as const, items, total, next_cursor }, 200);
});
