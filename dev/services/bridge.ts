/** The provisioner bridge with the tenants' PostgreSQL as its one server. */
import { statSync } from "node:fs";
import { HOST } from "../ports.ts";
import { RESERVED_CONNECTIONS } from "../postgres/settings.ts";
import { processService, type Surroundings } from "../process/process-service.ts";
import { publicKeySet, type Secrets } from "../secrets.ts";
import type { Service } from "../service.ts";
import { answersHttp, NODE_READY_TIMEOUT_MS, NODE_STOP_STEPS, nodeProcess } from "./node-process.ts";
import type { PostgresCluster } from "./postgres-cluster.ts";

export const BRIDGE_ID = "bridge-local";

/** Far more than the ceilings let anybody make; each takes 8 MB of disk. */
const MAX_DATABASES = 2_000;
/** Tenants on a developer's machine are rarely connected at all. */
const CONNECTION_OVERSUBSCRIPTION = 100;
const DISK_FREE_MIN_PERCENT = 5;
const POSTGRES_PORT = 5432;

export interface BridgeOptions {
  port: number;
  tenants: PostgresCluster;
  registryUrl: string;
  secrets: Secrets;
  durable: boolean;
  /** Start anew when a source changes. */
  watch: boolean;
  buildTime: string;
  commitId: string;
  /** Wins over everything here. */
  env: Readonly<Record<string, string>>;
}

export function bridge(options: BridgeOptions, surroundings: Surroundings): Service {
  return {
    name: "bridge",
    present: async () => true,
    install: async () => {},
    ...processService(
      {
        name: "bridge",
        spec: (logFile) =>
          nodeProcess([...(options.watch ? ["--watch"] : []), "provisioner-bridge/main.ts"], bridgeEnvironment(options), logFile),
        probe: () => answersHttp(`http://${HOST}:${options.port}/healthz`),
        readyTimeoutMs: NODE_READY_TIMEOUT_MS,
        stopSteps: NODE_STOP_STEPS,
      },
      surroundings,
    ),
  };
}

function bridgeEnvironment({
  port,
  tenants,
  registryUrl,
  secrets,
  durable,
  buildTime,
  commitId,
  env,
}: BridgeOptions): Record<string, string> {
  return {
    BRIDGE_ENVIRONMENT: "development",
    BRIDGE_ID,
    BRIDGE_HOST: HOST,
    BRIDGE_PORT: String(port),
    BRIDGE_REGISTRY_URL: registryUrl,
    BRIDGE_SECRETS: JSON.stringify(secrets.bridgeSecrets),
    BRIDGE_JOB_JWKS: JSON.stringify(publicKeySet(secrets.jobSigningKeys)),
    BRIDGE_POSTGRES_SERVERS: JSON.stringify([postgresServer(tenants, durable)]),
    BUILD_TIME: buildTime,
    COMMIT_ID: commitId,
    ...env,
  };
}

function postgresServer(tenants: PostgresCluster, durable: boolean) {
  const url = new URL(tenants.url);
  const address = { host: url.hostname, port: Number(url.port || POSTGRES_PORT) };
  const directory = tenants.directory();
  return {
    id: "pg-local",
    admin_url: tenants.url,
    public_host: address.host,
    public_port: address.port,
    internal_host: address.host,
    internal_port: address.port,
    sslmode: url.searchParams.get("sslmode") ?? "disable",
    max_databases: MAX_DATABASES,
    connection_oversubscription: CONNECTION_OVERSUBSCRIPTION,
    admin_connections: RESERVED_CONNECTIONS,
    // Without fsync a copy of files is the faster way; with it, the write-ahead log is.
    ...(durable ? {} : { strategy: "FILE_COPY" }),
    ...(directory !== null && isReadable(directory) ? { disk_path: directory, disk_free_min_percent: DISK_FREE_MIN_PERCENT } : {}),
  };
}

function isReadable(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
