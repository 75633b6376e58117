/** `GET /api/v1/resources`: what the team owns, without credentials. Source: live-api 1.4. */
import { createRoute, z } from "@hono/zod-openapi";
import { RESOURCE_KINDS } from "../../../contract/kinds.ts";
import { type AppContext, endpoint } from "../../http.ts";
import { listResources } from "../../services/resources/list.ts";
import { ACCOUNT_SECURITY } from "../auth/session.ts";
import { json, refusals } from "../openapi.ts";
import { readQuery } from "../query.ts";
import { CURSOR, cursorOf, readCursor } from "./cursor.ts";
import { resourceItemSchema } from "./get.ts";
import { RESOURCE_TAG } from "./path.ts";

const LIMIT_MAX = 200;
const LIMIT_DEFAULT = 50;

const query = z.object({
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).optional(),
  before: z.string().regex(CURSOR).optional().openapi({ description: "The `next_cursor` of the page before." }),
  env: z.string().optional().openapi({ description: "Only this env; one that nothing has is an empty list.", example: "production" }),
  type: z.enum(RESOURCE_KINDS).optional(),
});

const listedSchema = resourceItemSchema
  .extend({
    token: z.uuid().optional().openapi({
      description:
        "Absent for what only came along with a claim, and, for a read-only key, of storage and webhooks: their tokens can write.",
    }),
  })
  .openapi("ListedResource");

const pageSchema = z
  .object({
    ok: z.literal(true),
    items: z.array(listedSchema),
    total: z.number().int().openapi({ description: "All that the filter lets through, on this page or not." }),
    next_cursor: z.string().nullable(),
  })
  .openapi("ResourcePage");

const route = createRoute({
  method: "get",
  path: "/api/v1/resources",
  tags: [RESOURCE_TAG],
  summary: "List the team's resources",
  description: "The newest first. Never a connection URL: those are behind `/api/v1/resources/{token}/credentials`.",
  operationId: "listResources",
  security: ACCOUNT_SECURITY,
  request: { query },
  responses: {
    200: json("One page.", pageSchema),
    ...refusals("invalid_query", "unauthorized", "insufficient_scope", "lookup_failed"),
  },
});

export const listTeamResources = endpoint(route, { access: "account_read", rate: "counted" }, async (c) => {
  const { items, total, next } = await listResources({ ctx: c.var.ctx, input: readFilter(c) });
  const next_cursor = next === null ? null : cursorOf(next);
  return c.json({ ok: true as const, items, total, next_cursor }, 200);
});

const RULES = {
  limit: `must be a whole number from 1 to ${LIMIT_MAX}`,
  before: "must be the next_cursor of the page before",
  env: "must be one env",
  type: `must be one of ${RESOURCE_KINDS.join(", ")}`,
};

/** @throws ApiError `invalid_query` */
function readFilter(c: AppContext) {
  const { limit = LIMIT_DEFAULT, before, env = null, type: kind = null } = readQuery(c, query, RULES);
  return { limit, before: readCursor(before), env, kind };
}
