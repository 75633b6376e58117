/** How many tenants and how much memory a server can promise, and whether it has room at this moment. */

import type { ServerCapacity } from "../engine.ts";
import type { RedisServerConfig } from "./configuration.ts";
import { type Info, readInfo } from "./info.ts";
import type { RedisServer } from "./server.ts";

const MIB = 1_048_576;
/** Fuller than this, a server takes no new tenant: its tenants need the rest. */
const MEMORY_FULL_SHARE = 0.9;
/** Connections that no tenant is counted into: the bridge's own and its proofs. */
const CONNECTIONS_RESERVE = 32;

/** Judges a server. Memory may be promised more often than it exists (`memory_oversubscription`): who takes too much is cut (watch.ts). */
export function judgeCapacity(config: RedisServerConfig, info: Info): ServerCapacity {
  const freeConnections = info.maxclients - CONNECTIONS_RESERVE - info.connected_clients;
  if (freeConnections <= 0 || info.used_memory >= info.maxmemory * MEMORY_FULL_SHARE) {
    return { server: config.id, status: "full", freeConnections };
  }
  return {
    server: config.id,
    status: "open",
    maxTenants: config.max_tenants,
    // Redis knows no connection limit of a user, so none is promised.
    connectionBudget: Number.POSITIVE_INFINITY,
    storageBudgetMb: Math.floor((info.maxmemory / MIB) * config.memory_oversubscription),
    freeConnections,
  };
}

export async function readCapacity(server: RedisServer): Promise<ServerCapacity> {
  return judgeCapacity(server.config, await readInfo(server.link));
}
