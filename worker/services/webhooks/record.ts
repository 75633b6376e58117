/** What an inbox is told when it asks what has become of its resource. */
import { type InboxRecord, inboxLimits } from "../../../contract/webhook-inbox.ts";
import type { Deps } from "../../deps.ts";
import { findLeaseOf } from "../../platform-db/resource-lookup.ts";

/** A row that is not there at all is reported: nobody drops what nobody knows. @throws DatabaseError */
export async function inboxRecord({ database, log }: Pick<Deps, "database" | "log">, resourceId: string): Promise<InboxRecord> {
  const row = await findLeaseOf(database, resourceId);
  if (row === null) {
    log.error("inbox.unknown", { resourceId, kind: "webhook" });
    return { state: "unknown" };
  }
  if (row.status !== "active" || row.tier === null) return { state: "gone" };
  const pause = { isPaused: row.paused_at !== null, generation: row.generation };
  return { state: "kept", limits: inboxLimits(row.tier), expiresAt: row.expires_at?.getTime() ?? null, pause };
}
