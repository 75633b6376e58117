/** The registration of the engines' servers: a new one is its file and a line here. */
import type { EngineName } from "../contract/engines.ts";
import type { EngineServerEntry } from "./engine-server-entry.ts";
import { mongodbServer } from "./services/mongodb.ts";
import { natsServer } from "./services/nats.ts";
import { objectStoreServer } from "./services/object-store.ts";
import { redisServer } from "./services/redis.ts";
import { tenantPostgresServer } from "./services/tenant-postgres.ts";

export const ENGINE_SERVER_ENTRIES: readonly EngineServerEntry[] = [
  tenantPostgresServer,
  redisServer,
  natsServer,
  objectStoreServer,
  mongodbServer,
];

/** @throws Error for an engine that is not registered here */
export function engineServerEntry(engine: EngineName): EngineServerEntry {
  const entry = ENGINE_SERVER_ENTRIES.find((one) => one.engine === engine);
  if (entry === undefined) throw new Error(`no server of ${engine} is registered`);
  return entry;
}
