/** The servers whose tenants are handed out: one line an engine. */
import type { EngineName } from "../contract/engines.ts";
import type { DataPaths } from "./paths.ts";
import type { Ports } from "./ports.ts";
import type { Surroundings } from "./process/process-service.ts";
import type { Secrets } from "./secrets.ts";
import type { EngineServer } from "./service.ts";
import { mongodb } from "./services/mongodb.ts";
import { nats } from "./services/nats.ts";
import { objectStore } from "./services/object-store.ts";
import { redis } from "./services/redis.ts";
import { tenantPostgres } from "./services/tenant-postgres.ts";

/** What the server of any engine is made from. */
export interface EngineServerFacts {
  paths: DataPaths;
  ports: Ports;
  secrets: Secrets;
  /** False: data need not survive a crash of the machine. */
  durable: boolean;
  /** An administrator's URL of a server of somebody else's, to be used instead. */
  externalUrl: string | undefined;
}

const MAKERS: Partial<Record<EngineName, (facts: EngineServerFacts, surroundings: Surroundings) => EngineServer>> = {
  postgres: ({ paths, ports, secrets, durable, externalUrl }, surroundings) =>
    tenantPostgres({ paths, durable, port: ports.tenantPostgres, password: secrets.tenantSuperuserPassword, externalUrl }, surroundings),
  nats: ({ paths, ports, secrets, externalUrl }, surroundings) =>
    nats({ paths, secrets, port: ports.nats, webSocketPort: ports.natsWebSocket, external: externalUrl }, surroundings),
  s3: ({ paths, ports, secrets, durable, externalUrl }, surroundings) =>
    objectStore(
      {
        paths,
        durable,
        port: ports.objectStore,
        monitorPort: ports.objectStoreMonitor,
        secrets: { platform: secrets.objectStorePlatformSecret, signer: secrets.objectStoreSignerSecret },
        externalUrl,
      },
      surroundings,
    ),
  redis: ({ paths, ports, secrets, durable, externalUrl }, surroundings) =>
    redis({ paths, durable, port: ports.redis, password: secrets.redisAdminPassword, externalUrl }, surroundings),
  mongodb: ({ paths, ports, secrets, durable, externalUrl }, surroundings) =>
    mongodb({ paths, durable, port: ports.mongodb, password: secrets.mongodbPassword, externalUrl }, surroundings),
};

/** @returns the servers of these engines, in this order */
export function createEngineServers(
  engines: readonly EngineName[],
  factsOf: (engine: EngineName) => EngineServerFacts,
  surroundings: Surroundings,
): EngineServer[] {
  return engines.flatMap((engine) => MAKERS[engine]?.(factsOf(engine), surroundings) ?? []);
}
