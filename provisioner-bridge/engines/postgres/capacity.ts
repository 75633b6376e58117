/** How many tenants and connections a server can promise, and whether it has room at this moment. */

import { z } from "zod";
import { diskFreePercent } from "../../ports/disk.ts";
import type { ServerCapacity } from "../engine.ts";
import type { PostgresServerConfig } from "./configuration.ts";
import { type PostgresServer, withAdmin } from "./server.ts";

/** What the server says of its connection slots. */
export type Slots = { max: number; reserved: number; used: number };

const slotsSchema = z.object({ max: z.number().int(), reserved: z.number().int(), used: z.number().int() });

/**
 * Judges a server. Connections may be promised more often than they exist (`connection_oversubscription`), but a
 * server whose slots are nearly all in use takes no new tenant: its readiness check would find no slot.
 */
export function judgeCapacity(config: PostgresServerConfig, slots: Slots, diskFreePercent: number | null): ServerCapacity {
  const usable = Math.max(0, slots.max - slots.reserved - config.readiness_reserve);
  const freeConnections = usable - slots.used;
  const diskFull = diskFreePercent !== null && diskFreePercent < config.disk_free_min_percent;
  if (freeConnections <= 0 || diskFull) return { server: config.id, status: "full", freeConnections };
  const connectionBudget = Math.floor(usable * config.connection_oversubscription);
  return {
    server: config.id,
    status: "open",
    maxTenants: config.max_databases,
    connectionBudget,
    storageBudgetMb: Number.POSITIVE_INFINITY,
    freeConnections,
  };
}

const READ_SLOTS = `
  SELECT current_setting('max_connections')::int AS max, current_setting('superuser_reserved_connections')::int AS reserved,
         (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used`;

/** Asks the server and, when this machine can see it, its disk. */
export function readCapacity(server: PostgresServer): Promise<ServerCapacity> {
  return judge(
    server,
    withAdmin(server, (client) => client.query(READ_SLOTS)),
  );
}

/** Every hand-out waits for it: it is parsed and planned once per connection. */
const HEALTH_CHECK = { name: "health_check", text: READ_SLOTS };

/** The same over the connection kept for health checks. */
export function readHealth(server: PostgresServer): Promise<ServerCapacity> {
  return judge(server, server.healthChecks.query(HEALTH_CHECK));
}

async function judge({ config }: PostgresServer, asked: Promise<{ rows: unknown[] }>): Promise<ServerCapacity> {
  const [{ rows }, free] = await Promise.all([asked, diskFreePercent(config.disk_path)]);
  return judgeCapacity(config, slotsSchema.parse(rows[0]), free);
}
