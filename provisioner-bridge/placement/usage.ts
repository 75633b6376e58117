/** What is promised on each server, counted under a lock: of n + 1 simultaneous creates for n places, one is refused. */
import { z } from "zod";
import type { EngineName } from "../../contract/engines.ts";
import { type Query, transaction } from "../registry/database.ts";

/** What a tenant without a connection limit is counted as: the most a limited tier has. */
export const UNLIMITED_COUNTS_AS_CONNECTIONS = 20;

/** Without parameters, so that it can be sent in one message with BEGIN. */
const placementLock = (engine: EngineName): string => `SELECT pg_advisory_xact_lock(hashtextextended('instanode.placement.${engine}', 0))`;

const usageSchema = z.array(
  z.object({ server: z.string(), tenants: z.number().int(), connections: z.number().int(), storage_mb: z.coerce.number() }),
);
export type Usage = z.infer<typeof usageSchema>;

/** Runs `work` in a transaction in which no other job places a tenant on the engine, with what is promised there: see `readUsage`. */
export function placing<T>(client: Query, engine: EngineName, promises: "all" | "owned", work: (usage: Usage) => Promise<T>): Promise<T> {
  return transaction(client, { opening: placementLock(engine), read: () => readUsage(client, engine, promises) }, work);
}

/**
 * What is promised on each server. A tenant counts until it is removed.
 * @param promises whose connections and storage count. A create leaves out those of ready-made tenants: they are unused, and must not
 * cause a refusal. As tenants of their server they always count.
 */
export async function readUsage(query: Query, engine: string, promises: "all" | "owned" = "all"): Promise<Usage> {
  const { rows } = await query.query(
    `SELECT server, count(*)::int AS tenants,
            coalesce(sum(CASE WHEN (limits->>'connections')::int < 0 THEN $2 ELSE (limits->>'connections')::int END)
              FILTER (WHERE $3 OR resource_id IS NOT NULL), 0)::int AS connections,
            coalesce(sum(greatest((limits->>'storage_mb')::bigint, 0)) FILTER (WHERE $3 OR resource_id IS NOT NULL), 0) AS storage_mb
     FROM tenants WHERE engine = $1 AND state <> 'dropped' GROUP BY server`,
    [engine, UNLIMITED_COUNTS_AS_CONNECTIONS, promises === "all"],
  );
  return usageSchema.parse(rows);
}
