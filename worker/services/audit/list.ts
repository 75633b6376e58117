/** The audit log of a team, newest first. */
import { maskedEmail } from "../../../contract/accounts.ts";
import type { RequestContext } from "../../context.ts";
import { lookupFailed } from "../../errors.ts";
import { type AuditEntry, type AuditFilter, listAudit } from "../../platform-db/audit.ts";
import { requireAccount } from "../actor.ts";

/** @returns one page and `next`, the cursor of the following page (null on the last page) @throws ApiError `lookup_failed` */
export async function readAudit({ ctx, input }: { ctx: RequestContext; input: AuditFilter }) {
  const { team } = requireAccount(ctx);
  // Fetches one extra row to detect whether another page exists.
  const rows = await listAudit(ctx.deps.database, team.id, { ...input, limit: input.limit + 1 }).catch(lookupFailed);
  const items = rows.slice(0, input.limit).map(shown);
  return { tier: team.tier, items, next: rows.length > input.limit ? (items.at(-1)?.id ?? null) : null };
}

function shown(entry: AuditEntry) {
  const {
    id,
    action: kind,
    actor_kind: actor,
    actor_user_id,
    actor_key_id,
    email,
    resource_id,
    resource_type,
    resource_name,
    details,
    request_id,
  } = entry;
  return {
    id,
    kind,
    created_at: entry.created_at.toISOString(),
    actor,
    actor_user_id,
    actor_key_id,
    actor_email_masked: email === null ? null : maskedEmail(email),
    resource_id,
    resource_type,
    resource_name,
    request_id,
    metadata: details,
  };
}
export type ShownAuditEntry = ReturnType<typeof shown>;
