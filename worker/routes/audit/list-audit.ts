/** `GET /api/v1/audit` and `/api/v1/audit.csv`: who did what, when. */
import { createRoute, z } from "@hono/zod-openapi";
import { tierSchema } from "../../../contract/plans.ts";
import { readAudit } from "../../services/audit/list.ts";
import { ACCOUNT_SECURITY } from "../auth/session.ts";
import { endpoint } from "../endpoint.ts";
import { parameter } from "../field.ts";
import { json, refusals } from "../openapi.ts";
import { auditCsv } from "./csv.ts";

/** Entries of one answer. */
export const LIMIT_MAX = 200;
const LIMIT_DEFAULT = 50;

const TIME = "must be a time such as 2026-11-20T08:00:00Z";
const time = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .optional();

const query = z.object({
  limit: parameter(z.coerce.number().int().min(1).max(LIMIT_MAX).optional(), `must be a whole number from 1 to ${LIMIT_MAX}`),
  before: parameter(
    z
      .string()
      .regex(/^\d{1,18}$/)
      .optional()
      .openapi({ description: "The `next_cursor` of the previous page." }),
    "must be the next_cursor of the page before",
  ),
  since: parameter(time, TIME),
  until: parameter(time, TIME),
  kind: parameter(
    z
      .string()
      .regex(/^[a-z_.]{1,64}$/)
      .optional()
      .openapi({ example: "resource.claimed" }),
    "must be a kind of entry such as resource.claimed",
  ),
});

const entrySchema = z
  .object({
    id: z.string(),
    kind: z.string().openapi({ example: "resource.claimed" }),
    created_at: z.iso.datetime(),
    actor: z.string().openapi({ example: "session" }),
    actor_user_id: z.uuid().nullable(),
    actor_key_id: z.uuid().nullable(),
    actor_email_masked: z.string().nullable(),
    resource_id: z.uuid().nullable(),
    resource_type: z.string().nullable(),
    resource_name: z.string().nullable().openapi({ description: "Null for resources the team has not confirmed." }),
    request_id: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
  })
  .openapi("AuditEntry");

const pageSchema = z
  .object({
    ok: z.literal(true),
    tier: z.enum(tierSchema.options),
    lookback_days: z.literal(-1).openapi({ description: "-1: unlimited." }),
    total_returned: z.number().int(),
    next_cursor: z.string().nullable(),
    items: z.array(entrySchema),
  })
  .openapi("AuditPage");

const common = {
  method: "get" as const,
  tags: ["Account"],
  security: ACCOUNT_SECURITY,
  request: { query },
};
const REFUSALS = refusals("invalid_query", "unauthorized", "insufficient_scope", "lookup_failed");

const jsonRoute = createRoute({
  ...common,
  path: "/api/v1/audit",
  summary: "List the team's audit log",
  description: "Newest first. Each entry is written in the same statement as its change.",
  operationId: "listAudit",
  responses: { 200: json("One page.", pageSchema), ...REFUSALS },
});

export const auditJson = endpoint(jsonRoute, { access: "account_review", rate: "counted" }, async (c, input) => {
  const { tier, items, next } = await readAudit({ ctx: c.var.ctx, input: filterOf(input.query(), LIMIT_DEFAULT) });
  return c.json({ ok: true as const, tier, lookback_days: -1 as const, total_returned: items.length, next_cursor: next, items }, 200);
});

const csvRoute = createRoute({
  ...common,
  path: "/api/v1/audit.csv",
  summary: "Export the audit log as CSV",
  description: "RFC 4180. `X-Next-Cursor` names the next page, if there is one.",
  operationId: "exportAudit",
  responses: { 200: { description: "One page.", content: { "text/csv": { schema: z.string() } } }, ...REFUSALS },
});

export const auditTable = endpoint(csvRoute, { access: "account_review", rate: "counted" }, async (c, input) => {
  const { items, next } = await readAudit({ ctx: c.var.ctx, input: filterOf(input.query(), LIMIT_MAX) });
  const headers = { "Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="audit.csv"' };
  return c.body(auditCsv(items), 200, { ...headers, ...(next === null ? {} : { "X-Next-Cursor": next }) });
});

function filterOf({ limit, before = null, since = null, until = null, kind = null }: z.output<typeof query>, limitDefault: number) {
  return { limit: limit ?? limitDefault, before, since, until, action: kind };
}
