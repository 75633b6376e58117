/** `/dashboard/audit`: a page of the audit log. */
import { z } from "@hono/zod-openapi";
import { AuditPage } from "../../pages/dashboard/audit.tsx";
import { readAudit } from "../../services/audit/list.ts";
import { LIMIT_MAX } from "../audit/list-audit.ts";
import { dashboardPage, lenient } from "./signed-in.ts";

const PAGE_SIZE = 50;
const query = z.object({
  before: lenient(z.string().regex(/^\d{1,18}$/)),
  kind: lenient(z.string().regex(/^[a-z_.]{1,64}$/)),
});

export const auditPage = dashboardPage(
  "/dashboard/audit",
  { query, access: "page_admin" },
  async ({ c, account, nowMs, query: { before, kind: action } }) => {
    const { items, next } = await readAudit({
      ctx: c.var.ctx,
      input: { before, since: null, until: null, action, limit: PAGE_SIZE },
    });
    return AuditPage({ viewer: account, entries: items, action, next, csvRows: LIMIT_MAX, nowMs });
  },
);
