/** Makes the services of one stack and introduces them to each other. */
import { currentCommit } from "./build/worker-build.ts";
import type { DataPaths } from "./paths.ts";
import type { Ports } from "./ports.ts";
import type { Surroundings } from "./process/process-service.ts";
import { silentProgress } from "./progress.ts";
import type { Secrets } from "./secrets.ts";
import type { Service, ServiceName } from "./service.ts";
import { bridge } from "./services/bridge.ts";
import { type PlatformPostgres, platformPostgres } from "./services/platform-postgres.ts";
import type { PostgresCluster } from "./services/postgres-cluster.ts";
import { sqlEndpoint } from "./services/sql-endpoint.ts";
import { tenantPostgres } from "./services/tenant-postgres.ts";
import { worker } from "./services/worker.ts";
import { workerDev } from "./services/worker-dev.ts";
import type { StackOptions } from "./stack-options.ts";
import type { WorkerConfig } from "./worker-config.ts";
import { workerVars } from "./worker-vars.ts";

export type StackServices = Record<ServiceName, Service> & {
  "tenant-postgres": PostgresCluster;
  "platform-postgres": PlatformPostgres;
};

export interface StackFacts {
  paths: DataPaths;
  ports: Ports;
  config: WorkerConfig;
  secrets: Secrets;
}

export async function createServices(options: StackOptions, facts: StackFacts): Promise<StackServices> {
  const { paths, ports, secrets } = facts;
  const { durable = true, restartCrashed = true, log = silentProgress, externalPostgres = {} } = options;
  const surroundings: Surroundings = { logsDir: paths.logs, restartCrashed, log };
  const tenants = tenantPostgres(
    { paths, durable, port: ports.tenantPostgres, password: secrets.tenantSuperuserPassword, externalUrl: externalPostgres.tenant },
    surroundings,
  );
  const platform = platformPostgres(
    { paths, durable, port: ports.platformPostgres, password: secrets.platformSuperuserPassword, externalUrl: externalPostgres.platform },
    secrets,
    surroundings,
  );
  const bridgeOptions = {
    port: ports.bridge,
    tenants,
    registryUrl: platform.registryUrl,
    secrets,
    durable,
    watch: options.mode === "watch",
    commitId: await currentCommit(),
    buildTime: new Date().toISOString(),
    env: options.bridgeEnv ?? {},
  };
  return {
    "tenant-postgres": tenants,
    "platform-postgres": platform,
    "sql-endpoint": sqlEndpoint({ port: ports.sql, platformPostgresUrl: platform.url }, surroundings),
    bridge: bridge(bridgeOptions, surroundings),
    worker: workerOf(options, facts, platform, surroundings),
  };
}

function workerOf(
  options: StackOptions,
  { paths, ports, config, secrets }: StackFacts,
  platform: PlatformPostgres,
  surroundings: Surroundings,
): Service {
  const given = options.workerVars ?? {};
  const vars = workerVars({ configured: config.vars, secrets, ports, databaseUrl: platform.platformUrl, given });
  if (options.mode === "watch") return workerDev({ paths, port: ports.api, vars }, surroundings);
  return worker({ config, paths, ports, vars }, surroundings);
}
