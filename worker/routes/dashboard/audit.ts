/** `/dashboard/audit`: a page of the audit log. */
import { AuditPage } from "../../pages/dashboard/audit.tsx";
import { readAudit } from "../../services/audit/list.ts";
import { LIMIT_MAX } from "../audit/audit.ts";
import { dashboardPage } from "./signed-in.ts";

const PAGE_SIZE = 50;
const CURSOR = /^\d{1,18}$/;
const ACTION = /^[a-z_.]{1,64}$/;

export const auditPage = dashboardPage(
  "/dashboard/audit",
  async ({ c, account, nowMs }) => {
    // An address somebody typed wrong shows everything rather than a complaint.
    const before = matching(CURSOR, c.req.query("before"));
    const action = matching(ACTION, c.req.query("kind"));
    const { items, next } = await readAudit({
      ctx: c.var.ctx,
      input: { before, since: null, until: null, action, limit: PAGE_SIZE },
    });
    return AuditPage({ viewer: account, entries: items, action, next, csvRows: LIMIT_MAX, nowMs });
  },
  "page_admin",
);

function matching(pattern: RegExp, value: string | undefined): string | null {
  return value !== undefined && pattern.test(value) ? value : null;
}
