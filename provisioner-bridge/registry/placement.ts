/** Who may still move in: the registry's count decides, under a lock, so that n + 1 creates at once are n creates and a refusal. */
import { z } from "zod";
import type { EngineName } from "../../contract/engines.ts";
import type { TenantLimits } from "../../contract/jobs.ts";
import type { ServerCapacity } from "../engines/engine.ts";
import { Refusal } from "../refusal.ts";
import { type Query, transaction } from "./database.ts";

/** What a tenant without a connection limit is counted as: the most a limited tier has. */
export const UNLIMITED_COUNTS_AS_CONNECTIONS = 20;

/** Without parameters, so that it can ride along with BEGIN. */
const placementLock = (engine: EngineName): string => `SELECT pg_advisory_xact_lock(hashtextextended('instanode.placement.${engine}', 0))`;

const usageSchema = z.array(
  z.object({ server: z.string(), tenants: z.number().int(), connections: z.number().int(), storage_mb: z.coerce.number() }),
);
export type Usage = z.infer<typeof usageSchema>;

/** Runs `work` in a transaction in which nobody else places a tenant on the engine, with what is promised there: see `readUsage`. */
export function placing<T>(client: Query, engine: EngineName, promises: "all" | "owned", work: (usage: Usage) => Promise<T>): Promise<T> {
  return transaction(client, { opening: placementLock(engine), read: () => readUsage(client, engine, promises) }, work);
}

/**
 * What is promised on each server. A tenant counts until it is really gone.
 * @param promises whose connections and storage count. A create leaves out those of ready-made tenants, which nobody uses: they
 * must not turn somebody away. As tenants of their server they count in any case.
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

/** With one tenant less on each of these servers: a ready-made one that is taken is counted there already. */
export function withOneTaken(usage: Usage, servers: readonly string[]): Usage {
  return usage.map((row) => (servers.includes(row.server) ? { ...row, tenants: row.tenants - 1 } : row));
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
