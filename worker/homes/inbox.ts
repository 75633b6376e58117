/** A home in Durable Objects: one inbox object per resource, named by a keyed hash of the resource's token. */
import pTimeout from "p-timeout";
import { type InboxRecord, inboxLimits } from "../../contract/webhook-inbox.ts";
import type { Deps } from "../deps.ts";
import { findLeaseOf } from "../platform-db/resource-lookup.ts";
import type { Home } from "./home.ts";

/** Bounds how long a page that lists several inboxes waits for an unreachable one. */
const USAGE_TIMEOUT_MS = 3_000;

export const inbox: Home = {
  async open({ deps: { hasher, inboxes } }, { resourceId, tier, expiresAt, response }) {
    const token = await hasher.resourceTokenFor(resourceId);
    const opening = { resourceId, limits: inboxLimits(tier), expiresAt: expiresAt?.getTime() ?? null, response: response ?? null };
    return async () => {
      const object = await inboxes.of(token);
      // The inbox of an abandoned create is closed and cannot be reopened.
      if ((await object.open(opening)) === "closed") throw new Error("the inbox was closed before it was opened");
      // Verifies the inbox by the path that a post takes: the token must be recognised as one we issued.
      const isReachable = await hasher.isResourceToken(token);
      const { outcome } = await (await inboxes.of(token)).list({ limit: 1, before: null, after: null, sinceMs: null });
      if (!isReachable || outcome !== "page") throw new Error(`the inbox that was opened is ${outcome}`);
      return { credentials: {}, cold: false };
    };
  },
  async close({ deps: { hasher, inboxes } }, { resourceId }) {
    const object = await inboxes.of(await hasher.resourceTokenFor(resourceId));
    await object.close();
  },
  /** Applies the current state of the row rather than the job's, so changes cannot be applied out of order. */
  async adjust({ deps }, { resourceId }) {
    const record = await inboxRecord(deps, resourceId);
    if (record.state !== "kept") return "done";
    const object = await deps.inboxes.of(await deps.hasher.resourceTokenFor(resourceId));
    const { limits, expiresAt, pause } = record;
    await object.adjust({ limits, expiresAt, ...(pause === undefined ? {} : { pause }) });
    return "done";
  },
  async credentials() {
    return {};
  },
  async rotate() {
    throw new Error("an inbox has nothing secret but its address");
  },
  measuresLive: true,
  async measure({ deps }, { token }) {
    try {
      const object = await deps.inboxes.of(token);
      // p-timeout calls `cancel` on a promise it stops waiting for; an RPC promise would send that call to the object.
      const usage = await pTimeout(Promise.resolve(object.usage()), { milliseconds: USAGE_TIMEOUT_MS });
      return usage.outcome === "used" ? usage.bytes : null;
    } catch (cause) {
      deps.log.warn("inbox.usage_unknown", { cause });
      return null;
    }
  },
};

/** The answer to an inbox that asks about its resource. A missing row may be lost data, so it is only logged. @throws DatabaseError */
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
