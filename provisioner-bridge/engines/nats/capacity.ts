/** How much a server can promise, and whether it has room at this moment. */
import { diskFreePercent } from "../../ports/disk.ts";
import type { ServerCapacity } from "../engine.ts";
import type { NatsServerConfig } from "./configuration.ts";
import { readServer, readStorageBytes } from "./monitor.ts";
import type { NatsServer } from "./server.ts";

const MIB_BYTES = 1_048_576;

export type Seen = {
  connections: number;
  maxConnections: number;
  /** What the server itself reserves in all (`max_file`); null when its JetStream is off. */
  storageBytes: number | null;
};

/**
 * Judges a server. It reserves every tenant's storage, so exactly so much can be promised as it is configured to have; a part is kept
 * back for tenants whose limit is raised. Whether the disk holds what was promised is looked at apart: `max_file` may be larger.
 */
export function judgeCapacity(config: NatsServerConfig, seen: Seen, diskFreePercent: number | null): ServerCapacity {
  const usable = Math.max(0, seen.maxConnections - config.readiness_reserve);
  const freeConnections = usable - seen.connections;
  const diskFull = diskFreePercent !== null && diskFreePercent < config.disk_free_min_percent;
  if (freeConnections <= 0 || diskFull || seen.storageBytes === null) return { server: config.id, status: "full", freeConnections };
  return {
    server: config.id,
    status: "open",
    maxTenants: config.max_accounts,
    connectionBudget: Math.floor(usable * config.connection_oversubscription),
    storageBudgetMb: Math.floor((seen.storageBytes / MIB_BYTES) * (1 - config.storage_kept_back_percent / 100)),
    freeConnections,
  };
}

/** Asks the server and, when this machine can see it, its disk. */
export async function readCapacity(server: NatsServer): Promise<ServerCapacity> {
  const [{ connections, max_connections }, storageBytes] = await Promise.all([readServer(server), readStorageBytes(server)]);
  const seen = { connections, maxConnections: max_connections, storageBytes };
  return judgeCapacity(server.config, seen, await diskFreePercent(server.config.disk_path));
}
