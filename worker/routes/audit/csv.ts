/** Audit entries as CSV (RFC 4180), safe to open in a spreadsheet. */
import type { ShownAuditEntry } from "../../services/audit/list.ts";

const COLUMNS = [
  "id",
  "kind",
  "created_at",
  "actor",
  "actor_user_id",
  "actor_email_masked",
  "resource_id",
  "resource_type",
  "summary",
  "metadata",
] as const;
/** A spreadsheet would run such a cell as a formula. */
const FORMULA = /^[=+\-@\t\r]/;

export function auditCsv(entries: readonly ShownAuditEntry[]): string {
  const rows = entries.map((entry) => {
    const cells = { ...entry, summary: summaryOf(entry), metadata: JSON.stringify(entry.metadata) };
    return COLUMNS.map((column) => cell(cells[column] ?? "")).join(",");
  });
  return `${[COLUMNS.join(","), ...rows].join("\r\n")}\r\n`;
}

function summaryOf({ kind, actor, actor_email_masked, resource_type }: ShownAuditEntry): string {
  return `${kind}${resource_type === null ? "" : ` (${resource_type})`} by ${actor_email_masked ?? actor}`;
}

function cell(value: string): string {
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
