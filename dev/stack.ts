/** Starts and stops the whole product on this machine. `npm start` and the tests use it. */

import type { EngineName } from "../contract/engines.ts";
import { openDataDirectory } from "./data/directory.ts";
import { lockDataDirectory } from "./data/lock.ts";
import { migrate } from "./migrate.ts";
import type { DataPaths } from "./paths.ts";
import { choosePorts, type Ports, refuseTakenPorts } from "./port-table.ts";
import { HOST } from "./ports.ts";
import { changedUrl } from "./postgres/connect.ts";
import { type ProgressSink, silentProgress, step } from "./progress.ts";
import { loadSecrets } from "./secrets.ts";
import { type DeployPart, type EngineServer, ensurePresent, type Service } from "./service.ts";
import { cronRunner, cronUrl, type RunCron, startCronTicker } from "./services/cron.ts";
import { PLATFORM_DATABASE, REGISTRY_DATABASE } from "./services/platform-postgres.ts";
import type { StackOptions } from "./stack-options.ts";
import { createServices, type StackServices } from "./stack-services.ts";
import { readWorkerConfig } from "./worker-config.ts";

export type { StackOptions } from "./stack-options.ts";

export interface StackUrls {
  api: string;
  bridge: string;
  /** POST `?cron=<expression>` (serve), or GET (watch). */
  cron: string;
  sql: string;
  /** Superusers' connections to the platform database and to the registry. */
  platformPostgres: string;
  registry: string;
  /** Of an app; null where no ingress runs. */
  apps: string | null;
  /** Administrators' URLs of the tenants' servers that run. */
  engines: Partial<Record<EngineName, string>>;
}

export type ServiceHandle = Pick<Service, "pid" | "kill" | "start" | "stop" | "ready"> & {
  /** Stops, starts, and waits until it is ready. */
  restart(): Promise<void>;
};

export interface Stack {
  urls: StackUrls;
  ports: Ports;
  paths: DataPaths;
  /** The running services. */
  services: ReadonlyMap<string, ServiceHandle>;
  /** The engines whose servers run. */
  engineRows: readonly EngineServer["row"][];
  /** The rows of what deploys need, as far as it runs. */
  deployRows: DeployPart["rows"];
  /** The certificate by which clients trust the apps' addresses. */
  rootCertificate: string;
  /** @throws when it does not run here */
  service(name: string): ServiceHandle;
  /** An administrator's URL of this engine's server. @throws when it does not run here */
  engineUrl(engine: EngineName): string;
  /** Runs the Worker's scheduled handler for one expression of wrangler.toml and waits for it. */
  runCron: RunCron;
  /** Stops everything, in order, in bounded time. Harmless twice. */
  stop(): Promise<void>;
}

/** @throws SetupError when something is missing, taken or does not start; then nothing is left running */
export async function startStack(options: StackOptions): Promise<Stack> {
  const paths = openDataDirectory(options.dataDir);
  const unlock = lockDataDirectory(paths.dataDir);
  const running: { services?: StackServices } = {};
  try {
    return await start(options, paths, running, unlock);
  } catch (cause) {
    if (running.services !== undefined) await stopServices(running.services);
    unlock();
    throw cause;
  }
}

async function start(options: StackOptions, paths: DataPaths, running: { services?: StackServices }, unlock: () => void): Promise<Stack> {
  const { mode, log = silentProgress, cronTicker = true } = options;
  const ports = await choosePorts(options.ports ?? {});
  const config = readWorkerConfig();
  const services = await createServices(options, { paths, ports, config, secrets: await loadSecrets(paths.secrets) });
  await refuseTakenPorts(ports, portsWeUse(options, services));
  running.services = services;
  await startServices(services, options, log);
  const runCron = cronRunner(mode, ports);
  const stopTicker = cronTicker ? startCronTicker(config.crons, runCron, log) : () => {};
  let stopping: Promise<void> | undefined;
  const handles = handlesOf(services);
  return {
    urls: urlsOf(services, mode, ports),
    ports,
    paths,
    services: handles,
    engineRows: services.engines.map(({ row }) => row),
    deployRows: services.deploys.flatMap(({ rows }) => rows),
    rootCertificate: services.ingress.rootCertificate,
    service(name) {
      const handle = handles.get(name);
      if (handle === undefined) throw new Error(`no ${name} runs in this stack`);
      return handle;
    },
    engineUrl(engine) {
      const server = services.engines.find((one) => one.engine === engine);
      if (server === undefined) throw new Error(`no server of ${engine} runs in this stack`);
      return server.url;
    },
    runCron,
    stop() {
      stopTicker();
      stopping ??= stopServices(services).finally(unlock);
      return stopping;
    },
  };
}

/** Databases and the bundle are independent until the Worker starts. */
async function startServices(services: StackServices, { signal }: StackOptions, log: ProgressSink): Promise<void> {
  const { "platform-postgres": platform, "sql-endpoint": sql, bridge, worker } = services.platform;
  const begin = async (service: Service): Promise<void> => {
    signal?.throwIfAborted();
    await step(log, service.name, "starting", async () => {
      await service.start();
      await service.ready();
    });
  };
  const databases = async (): Promise<void> => {
    // One after the other: package managers take a lock, and an installation must not change a server that starts.
    await ensurePresent(platform, log);
    const present: EngineServer[] = [];
    const install = (part: Service): Promise<void> => ensurePresent(part, log);
    for (const server of services.engines) present.push(...(await keepIfPossible(server, install, log)));
    const deploys: DeployPart[] = [];
    for (const part of services.deploys) deploys.push(...(await keepIfPossible(part, install, log)));
    const [, ...started] = await allDone([begin(platform).then(() => []), ...present.map((server) => keepIfPossible(server, begin, log))]);
    services.engines.splice(0, services.engines.length, ...started.flat());
    const begun = await allDone(deploys.map((part) => keepIfPossible(part, begin, log)));
    services.deploys.splice(0, services.deploys.length, ...begun.flat());
    const applied = await migrate(platform.platformUrl);
    if (applied.length > 0) log({ kind: "done", subject: "migrations", text: applied.join(", ") });
    await allDone([begin(sql), begin(bridge)]);
  };
  await allDone([databases(), ensurePresent(worker, log)]);
  await begin(worker);
}

/** Runs it and keeps the server. An optional server that fails is reported and left out. */
async function keepIfPossible<S extends Service & { isOptional: boolean }>(
  server: S,
  act: (server: S) => Promise<void>,
  log: ProgressSink,
): Promise<S[]> {
  try {
    await act(server);
    return [server];
  } catch (cause) {
    if (!server.isOptional) throw cause;
    await server.stop();
    log({ kind: "note", subject: server.name, text: `left out: ${cause instanceof Error ? cause.message : String(cause)}` });
    return [];
  }
}

/** Waits for all, also when one fails, so that nothing is still starting when the rest is stopped. */
async function allDone<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(works);
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}

/** Clients stop before their servers. */
async function stopServices(services: StackServices): Promise<void> {
  const { platform, engines, deploys } = services;
  for (const group of [
    [platform.worker],
    [platform.bridge, platform["sql-endpoint"]],
    [...engines, ...deploys, platform["platform-postgres"]],
  ]) {
    await Promise.allSettled(group.map((service) => service.stop()));
  }
}

function portsWeUse({ mode, external }: StackOptions, { engines, deploys }: StackServices) {
  return [
    ...(["api", "bridge", "sql"] as const),
    ...(mode === "serve" ? (["cron"] as const) : []),
    ...(external?.platform === undefined ? (["platformPostgres"] as const) : []),
    ...engines.flatMap((server) => server.ports),
    ...deploys.flatMap((part) => part.ports),
  ];
}

function urlsOf(services: StackServices, mode: StackOptions["mode"], ports: Ports): StackUrls {
  const platformServer = services.platform["platform-postgres"].url;
  return {
    api: `http://${HOST}:${ports.api}`,
    bridge: `http://${HOST}:${ports.bridge}`,
    cron: cronUrl(mode, ports),
    sql: `http://${HOST}:${ports.sql}/sql`,
    platformPostgres: changedUrl(platformServer, { database: PLATFORM_DATABASE }),
    registry: changedUrl(platformServer, { database: REGISTRY_DATABASE }),
    apps: services.deploys.includes(services.ingress) ? `https://<app_id>.${services.ingress.domain}` : null,
    engines: Object.fromEntries(services.engines.map(({ engine, url }) => [engine, url])),
  };
}

function handlesOf({ platform, engines, deploys }: StackServices): ReadonlyMap<string, ServiceHandle> {
  return new Map([...Object.values(platform), ...engines, ...deploys].map((service) => [service.name, handleOf(service)]));
}

function handleOf({ pid, kill, start, stop, ready }: Service): ServiceHandle {
  const restart = async (): Promise<void> => {
    await stop();
    await start();
    await ready();
  };
  return { pid, kill, start, stop, ready, restart };
}
