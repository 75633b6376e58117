/** What can be seen of an open server and its tenants. */

import { diskFreePercent } from "../../../ports/disk.ts";
import { Refusal } from "../../../refusal.ts";
import type { ServerCapacity } from "../../engine.ts";
import { markedNames } from "./marks.ts";
import { manager, type OpenServer } from "./server.ts";
import { allStreams, isOwn } from "./streams.ts";

const MIB_BYTES = 1_048_576;

/** The bytes of the streams that lie under each tenant's prefix. */
export async function measureOpenTenants(server: OpenServer, names: readonly string[]): Promise<Map<string, number>> {
  const known = new Set(await markedNames(server));
  const streams = await allStreams(await manager(server));
  const bytesOf = (name: string) => streams.filter((stream) => isOwn(stream, name)).reduce((sum, { state }) => sum + state.bytes, 0);
  return new Map(names.filter((name) => known.has(name)).map((name) => [name, bytesOf(name)]));
}

/** @throws Refusal unknown_tenant */
export async function checkOpenTenant(server: OpenServer, name: string): Promise<void> {
  if (!(await markedNames(server)).includes(name)) throw new Refusal("unknown_tenant");
}

/** No storage is reserved, and connections are not counted: all tenants share one account. */
export async function readOpenCapacity(server: OpenServer): Promise<ServerCapacity> {
  const { config } = server;
  const { limits } = await (await manager(server)).getAccountInfo();
  const diskFree = await diskFreePercent(config.disk_path);
  const freeConnections = config.readiness_reserve;
  if (diskFree !== null && diskFree < config.disk_free_min_percent) return { server: config.id, status: "full", freeConnections };
  return {
    server: config.id,
    status: "open",
    maxTenants: config.max_accounts,
    connectionBudget: Number.POSITIVE_INFINITY,
    storageBudgetMb: limits.max_storage < 0 ? Number.POSITIVE_INFINITY : Math.floor(limits.max_storage / MIB_BYTES),
    freeConnections,
  };
}
