/** Who may still move in: the registry's count decides, under a lock, so that n + 1 creates at once are n creates and a refusal. */
import { z } from "zod";
import type { TenantLimits } from "../../contract/jobs.ts";
import type { EngineName } from "../../contract/names.ts";
import type { ServerCapacity } from "../engines/engine.ts";
import { Refusal } from "../refusal.ts";
import type { Query } from "./database.ts";

/** What a tenant without a connection limit is counted as: the most a limited tier has. */
export const UNLIMITED_COUNTS_AS_CONNECTIONS = 20;

/** Opens the transaction of a placement on one engine; without parameters, so that it can ride along with BEGIN. */
export function placementLock(engine: EngineName): string {
  return `SELECT pg_advisory_xact_lock(hashtextextended('instanode.placement.${engine}', 0))`;
}

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
  const wanted = promised(limits);
  let best: { server: string; room: number } | undefined;
  for (const capacity of answering) {
    const used = usage.find((row) => row.server === capacity.server) ?? { tenants: 0, connections: 0, storage_mb: 0 };
    if (capacity.status !== "open" || !fits(capacity, used, wanted)) continue;
    const room = 1 - used.tenants / capacity.maxTenants;
    if (best === undefined || room > best.room) best = { server: capacity.server, room };
  }
  if (best === undefined) throw new Refusal("capacity");
  return best.server;
}

/** What would be promised without one tenant of each of these servers. */
export function without(usage: Usage, tenants: readonly { server: string; limits: TenantLimits }[]): Usage {
  return usage.map((row) => {
    const gone = tenants.find(({ server }) => server === row.server);
    if (gone === undefined) return row;
    const { connections, storage_mb } = promised(gone.limits);
    return { ...row, tenants: row.tenants - 1, connections: row.connections - connections, storage_mb: row.storage_mb - storage_mb };
  });
}

function promised({ connections, storage_mb }: TenantLimits): { connections: number; storage_mb: number } {
  return { connections: connections < 0 ? UNLIMITED_COUNTS_AS_CONNECTIONS : connections, storage_mb: Math.max(0, storage_mb) };
}

type OpenServer = Extract<ServerCapacity, { status: "open" }>;

function fits(server: OpenServer, used: Omit<Usage[number], "server">, wanted: { connections: number; storage_mb: number }): boolean {
  return (
    used.tenants + 1 <= server.maxTenants &&
    used.connections + wanted.connections <= server.connectionBudget &&
    used.storage_mb + wanted.storage_mb <= server.storageBudgetMb
  );
}
