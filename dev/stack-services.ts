/** Makes the services of one stack and connects them. */

import { ENGINE_NAMES, type EngineName } from "../contract/engines.ts";
import { currentCommit } from "./build/worker-build.ts";
import { engineServerEntry } from "./engine-servers.ts";
import type { DataPaths } from "./paths.ts";
import type { Ports } from "./port-table.ts";
import { HOST } from "./ports.ts";
import type { Surroundings } from "./process/process-service.ts";
import { silentProgress } from "./progress.ts";
import type { Secrets } from "./secrets.ts";
import type { EngineServer, PlatformServiceName, Service } from "./service.ts";
import { bridge } from "./services/bridge.ts";
import { type IngressServer, ingress } from "./services/ingress.ts";
import { type PlatformPostgres, platformPostgres } from "./services/platform-postgres.ts";
import { sqlEndpoint } from "./services/sql-endpoint.ts";
import { worker } from "./services/worker.ts";
import { workerDev } from "./services/worker-dev.ts";
import type { StackOptions } from "./stack-options.ts";
import type { WorkerConfig } from "./worker-config.ts";
import { workerVars } from "./worker-vars.ts";

export type StackServices = {
  platform: Record<PlatformServiceName, Service> & { "platform-postgres": PlatformPostgres };
  /** The chosen engines' servers. An optional one that is not available is removed before the bridge starts. */
  engines: EngineServer[];
  /** What deploys need. Removed like an engine's server. */
  deploys: IngressServer[];
};

export interface StackFacts {
  paths: DataPaths;
  ports: Ports;
  config: WorkerConfig;
  secrets: Secrets;
}

export async function createServices(options: StackOptions, facts: StackFacts): Promise<StackServices> {
  const { paths, ports, secrets } = facts;
  const { durable = true, restartCrashed = true, log = silentProgress, external = {} } = options;
  const surroundings: Surroundings = { logsDir: paths.logs, restartCrashed, log };
  const factsOf = (engine: EngineName) => ({ paths, ports, secrets: secrets.engines, durable, externalUrl: external[engine] });
  const engines = (options.engines ?? ENGINE_NAMES).map((engine) => engineServerEntry(engine).create(factsOf(engine), surroundings));
  const deploys = options.deploys === false ? [] : [ingress({ paths, port: ports.ingress }, surroundings)];
  const platform = platformPostgres(
    { paths, durable, port: ports.platformPostgres, password: secrets.platformSuperuserPassword, externalUrl: external.platform },
    secrets,
    surroundings,
  );
  const bridgeOptions = {
    port: ports.bridge,
    servers: () => engines,
    deploys: () => deploys,
    registryUrl: platform.registryUrl,
    workerUrl: `http://${HOST}:${ports.api}`,
    secrets,
    dataDir: paths.deploys,
    watch: options.mode === "watch",
    commitId: await currentCommit(),
    buildTime: new Date().toISOString(),
    pools: options.pools ?? true,
    env: options.bridgeEnv ?? {},
  };
  return {
    platform: {
      "platform-postgres": platform,
      "sql-endpoint": sqlEndpoint({ port: ports.sql, platformPostgresUrl: platform.url }, surroundings),
      bridge: bridge(bridgeOptions, surroundings),
      worker: workerOf(options, facts, { platform, engines, deploys }, surroundings),
    },
    engines,
    deploys,
  };
}

function workerOf(
  options: StackOptions,
  { paths, ports, config, secrets }: StackFacts,
  { platform, engines, deploys }: { platform: PlatformPostgres; engines: readonly EngineServer[]; deploys: readonly IngressServer[] },
  surroundings: Surroundings,
): Service {
  const vars = (): Record<string, string> => {
    const [apps] = deploys;
    const ofServers = [...engines.map((server) => server.workerVars?.()), apps === undefined ? {} : { DEPLOYMENT_DOMAIN: apps.domain }];
    const given = { ...Object.assign({}, ...ofServers), ...options.workerVars };
    return workerVars({ configured: config.vars, secrets, ports, databaseUrl: platform.platformUrl, given });
  };
  if (options.mode === "watch") return workerDev({ paths, port: ports.api, vars }, surroundings);
  return worker({ config, paths, ports, vars, publicInternet: options.publicInternet }, surroundings);
}
