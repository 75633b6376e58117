/** Which server takes the next tenant: it answers, has room, and has promised less than the others. Pure. */
import type { TenantLimits } from "../../contract/jobs.ts";
import type { ServerCapacity } from "../engines/engine.ts";
import { Refusal } from "../refusal.ts";
import { UNLIMITED_COUNTS_AS_CONNECTIONS, type Usage } from "./usage.ts";

/**
 * The server with the most room for one more tenant.
 * @throws Refusal capacity when none has room; engine_unavailable when none answers; unknown_engine when there is none
 */
export function chooseServer(capacities: readonly ServerCapacity[], usage: Usage, limits: TenantLimits): string {
  if (capacities.length === 0) throw new Refusal("unknown_engine");
  if (capacities.every(({ status }) => status === "down"))
    throw new Refusal("engine_unavailable", { cause: capacities.find((one) => one.status === "down")?.cause });
  const server = serverWithMostRoom(capacities, usage, limits);
  if (server === null) throw new Refusal("capacity");
  return server;
}

/** The same; null when no server has room. */
export function serverWithMostRoom(capacities: readonly ServerCapacity[], usage: Usage, limits: TenantLimits): string | null {
  const wanted = promised(limits);
  let best: { server: string; room: number } | undefined;
  for (const capacity of capacities) {
    const used = usage.find((row) => row.server === capacity.server) ?? { tenants: 0, connections: 0, storage_mb: 0 };
    if (capacity.status !== "open" || !fits(capacity, used, wanted)) continue;
    const room = 1 - used.tenants / capacity.maxTenants;
    if (best === undefined || room > best.room) best = { server: capacity.server, room };
  }
  return best?.server ?? null;
}

/** With one tenant less on each of these servers: a ready-made one that is about to be taken is already counted there. */
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
