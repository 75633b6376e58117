/** How many tenants and connections a server can promise, and whether it has room at this moment. */
import { z } from "zod";
import type { ServerCapacity } from "../engine.ts";
import type { MongodbServerConfig } from "./configuration.ts";
import { ask, type MongodbServer } from "./server.ts";

/** What the server says of its connections and of its disk. */
export type Room = { connections: { current: number; available: number }; disk: { usedBytes: number; totalBytes: number } | null };

const statusSchema = z.object({ connections: z.object({ current: z.number(), available: z.number() }) });
/** Not there behind a router. */
const diskSchema = z.object({ fsUsedSize: z.number().optional(), fsTotalSize: z.number().optional() });

/**
 * Judges a server. Connections may be promised more often than they exist (`connection_oversubscription`), but a server whose
 * connections are nearly all in use takes no new tenant: its readiness check would find no connection.
 */
export function judgeCapacity(config: MongodbServerConfig, { connections, disk }: Room): ServerCapacity {
  const reserve = config.admin_connections + config.readiness_reserve;
  const freeConnections = Math.max(0, connections.available - reserve);
  const diskFull = disk !== null && (1 - disk.usedBytes / disk.totalBytes) * 100 < config.disk_free_min_percent;
  if (freeConnections === 0 || diskFull) return { server: config.id, status: "full", freeConnections };
  const usable = Math.max(0, connections.current + connections.available - reserve);
  return {
    server: config.id,
    status: "open",
    maxTenants: config.max_databases,
    connectionBudget: Math.floor(usable * config.connection_oversubscription),
    storageBudgetMb: Number.POSITIVE_INFINITY,
    freeConnections,
  };
}

export async function readCapacity(server: MongodbServer): Promise<ServerCapacity> {
  const [status, stats] = await Promise.all([
    // Its other sections cost more than the question is worth.
    ask(server, { serverStatus: 1, metrics: 0, wiredTiger: 0, tcmalloc: 0, repl: 0, locks: 0 }),
    ask(server, { dbStats: 1 }),
  ]);
  const { fsUsedSize, fsTotalSize } = diskSchema.parse(stats);
  const disk = fsUsedSize === undefined || !fsTotalSize ? null : { usedBytes: fsUsedSize, totalBytes: fsTotalSize };
  return judgeCapacity(server.config, { ...statusSchema.parse(status), disk });
}
