/** Who may still move in: the registry's count decides, under a lock, so that n + 1 creates at once are n creates and a refusal. */
import { z } from "zod";
import type { TenantLimits } from "../../contract/jobs.ts";
import type { ServerCapacity } from "../engines/engine.ts";
import { Refusal } from "../refusal.ts";
import type { Query } from "./database.ts";

/** What a tenant without a connection limit is counted as: the most a limited tier has. */
export const UNLIMITED_COUNTS_AS_CONNECTIONS = 20;

/** Opens the transaction of a placement; a constant, so that it can ride along with BEGIN. */
export const PLACEMENT_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('instanode.placement', 0))";

const usageSchema = z.array(
  z.object({ server: z.string(), tenants: z.number().int(), connections: z.number().int(), storage_mb: z.coerce.number() }),
);
export type Usage = z.infer<typeof usageSchema>;

/** What is promised on each server. A tenant counts until it is really gone. */
export async function readUsage(query: Query, engine: string): Promise<Usage> {
  const { rows } = await query.query(
    `SELECT server, count(*)::int AS tenants,
            coalesce(sum(CASE WHEN (limits->>'connections')::int < 0 THEN $2 ELSE (limits->>'connections')::int END), 0)::int AS connections,
            coalesce(sum(greatest((limits->>'storage_mb')::bigint, 0)), 0) AS storage_mb
     FROM tenants WHERE engine = $1 AND state <> 'dropped' GROUP BY server`,
    [engine, UNLIMITED_COUNTS_AS_CONNECTIONS],
  );
  return usageSchema.parse(rows);
}

/**
 * The server with the most room for one more tenant.
 * @throws Refusal capacity when none has room; engine_unavailable when none answers; unknown_engine when there is none
 */
export function chooseServer(capacities: readonly ServerCapacity[], usage: Usage, limits: TenantLimits): string {
  if (capacities.length === 0) throw new Refusal("unknown_engine");
  const answering = capacities.filter((server) => server.status !== "down");
  if (answering.length === 0) throw new Refusal("engine_unavailable", { cause: capacities.find((one) => one.status === "down")?.cause });
  const wanted = limits.connections < 0 ? UNLIMITED_COUNTS_AS_CONNECTIONS : limits.connections;
  let best: { server: string; room: number } | undefined;
  for (const capacity of answering) {
    const used = usage.find((row) => row.server === capacity.server) ?? { tenants: 0, connections: 0, storage_mb: 0 };
    if (capacity.status !== "open" || !fits(capacity, used, { connections: wanted, storage_mb: Math.max(0, limits.storage_mb) })) continue;
    const room = 1 - used.tenants / capacity.maxTenants;
    if (best === undefined || room > best.room) best = { server: capacity.server, room };
  }
  if (best === undefined) throw new Refusal("capacity");
  return best.server;
}

type OpenServer = Extract<ServerCapacity, { status: "open" }>;

function fits(server: OpenServer, used: Omit<Usage[number], "server">, wanted: { connections: number; storage_mb: number }): boolean {
  return (
    used.tenants + 1 <= server.maxTenants &&
    used.connections + wanted.connections <= server.connectionBudget &&
    used.storage_mb + wanted.storage_mb <= server.storageBudgetMb
  );
}
