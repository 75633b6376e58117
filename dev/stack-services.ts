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
import type { DeployPart, EngineServer, PlatformServiceName, Service } from "./service.ts";
import { bridge } from "./services/bridge.ts";
import { containerEngine, placeOf } from "./services/container-engine.ts";
import { firewall } from "./services/firewall.ts";
import { type Ingress, ingress } from "./services/ingress.ts";
import { internalAddress } from "./services/internal-address.ts";
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
  deploys: DeployPart[];
  ingress: Ingress;
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
  const apps = ingress({ paths, port: ports.ingress }, surroundings);
  const clientPorts = () => engines.flatMap((server) => clientPort(server, ports));
  const internal = internalAddress({ paths, ports: clientPorts }, surroundings);
  const wall = firewall({ ...placeOf(paths), servers: () => clientPorts().map(({ port }) => ({ host: internal.host, port })) });
  const deploys: DeployPart[] = options.deploys === false ? [] : [apps, internal, wall, containerEngine({ paths }, surroundings)];
  const platform = platformPostgres(
    { paths, durable, port: ports.platformPostgres, password: secrets.platformSuperuserPassword, externalUrl: external.platform },
    secrets,
    surroundings,
  );
  const bridgeOptions = {
    port: ports.bridge,
    servers: () => engines,
    internalHost: () => (deploys.includes(internal) ? internal.host : HOST),
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
    ingress: apps,
  };
}

function workerOf(
  options: StackOptions,
  { paths, ports, config, secrets }: StackFacts,
  { platform, engines, deploys }: { platform: PlatformPostgres; engines: readonly EngineServer[]; deploys: readonly DeployPart[] },
  surroundings: Surroundings,
): Service {
  const vars = (): Record<string, string> => {
    const ofParts = [...engines, ...deploys].map((part) => part.workerVars?.());
    // Deploys are off where their parts were to run and do not.
    const switchedOff = options.deploys === false ? {} : { DEPLOYMENT_DOMAIN: "" };
    const given = { ...switchedOff, ...Object.assign({}, ...ofParts), ...options.workerVars };
    return workerVars({ configured: config.vars, secrets, ports, databaseUrl: platform.platformUrl, given });
  };
  if (options.mode === "watch") return workerDev({ paths, port: ports.api, vars }, surroundings);
  return worker({ config, paths, ports, vars, publicInternet: options.publicInternet }, surroundings);
}

function clientPort(server: EngineServer, ports: Ports): { name: string; port: number }[] {
  const [name] = server.ports;
  const port = name === undefined ? undefined : ports[name];
  return port === undefined ? [] : [{ name: server.name, port }];
}
