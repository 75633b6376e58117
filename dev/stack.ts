/** The whole house on this machine, started and stopped from a program: `npm start` and the tests both use it. */
import { openDataDirectory } from "./data/directory.ts";
import { lockDataDirectory } from "./data/lock.ts";
import { migrate } from "./migrate.ts";
import type { DataPaths } from "./paths.ts";
import { choosePorts, HOST, type Ports, refuseTakenPorts } from "./ports.ts";
import { changedUrl } from "./postgres/connect.ts";
import { type ProgressSink, silentProgress, step } from "./progress.ts";
import { loadSecrets } from "./secrets.ts";
import { ensurePresent, SERVICE_NAMES, type Service, type ServiceName } from "./service.ts";
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
  /** Superusers' connections: database "postgres", the platform's and the registry's. */
  tenantPostgres: string;
  platformPostgres: string;
  registry: string;
}

export type ServiceHandle = Pick<Service, "pid" | "kill" | "start" | "stop" | "ready"> & {
  /** Stops, starts, and waits until it is ready. */
  restart(): Promise<void>;
};

export interface Stack {
  urls: StackUrls;
  ports: Ports;
  paths: DataPaths;
  services: Readonly<Record<ServiceName, ServiceHandle>>;
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
  await refuseTakenPorts(ports, portsWeUse(options));
  const config = readWorkerConfig();
  const services = await createServices(options, { paths, ports, config, secrets: await loadSecrets(paths.secrets) });
  running.services = services;
  await startServices(services, options, log);
  const runCron = cronRunner(mode, ports);
  const stopTicker = cronTicker ? startCronTicker(config.crons, runCron, log) : () => {};
  let stopping: Promise<void> | undefined;
  return {
    urls: urlsOf(services, mode, ports),
    ports,
    paths,
    services: handlesOf(services),
    runCron,
    stop() {
      stopTicker();
      stopping ??= stopServices(services).finally(unlock);
      return stopping;
    },
  };
}

/** Databases and the bundle have nothing to do with each other until the Worker starts. */
async function startServices(services: StackServices, { signal }: StackOptions, log: ProgressSink): Promise<void> {
  const { "tenant-postgres": tenants, "platform-postgres": platform, "sql-endpoint": sql, bridge, worker } = services;
  const begin = async (service: Service): Promise<void> => {
    signal?.throwIfAborted();
    await step(log, service.name, "starting", async () => {
      await service.start();
      await service.ready();
    });
  };
  const databases = async (): Promise<void> => {
    // One after the other: a package manager does not like company, and servers do not like to change while they start.
    for (const service of [platform, tenants]) await ensurePresent(service, log);
    await allDone([begin(tenants), begin(platform)]);
    const applied = await migrate(platform.platformUrl);
    if (applied.length > 0) log({ kind: "done", subject: "migrations", text: applied.join(", ") });
    await allDone([begin(sql), begin(bridge)]);
  };
  await allDone([databases(), ensurePresent(worker, log)]);
  await begin(worker);
}

/** Waits for all, also when one fails: nothing may still be starting when the rest is stopped. */
async function allDone(works: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(works)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}

/** Who asks goes before who answers. */
async function stopServices(services: StackServices): Promise<void> {
  for (const group of [["worker"], ["bridge", "sql-endpoint"], ["tenant-postgres", "platform-postgres"]] as const) {
    await Promise.allSettled(group.map((name) => services[name].stop()));
  }
}

function portsWeUse({ mode, externalPostgres }: StackOptions) {
  return [
    ...(["api", "bridge", "sql"] as const),
    ...(mode === "serve" ? (["cron"] as const) : []),
    ...(externalPostgres?.tenant === undefined ? (["tenantPostgres"] as const) : []),
    ...(externalPostgres?.platform === undefined ? (["platformPostgres"] as const) : []),
  ];
}

function urlsOf(services: StackServices, mode: StackOptions["mode"], ports: Ports): StackUrls {
  const platformServer = services["platform-postgres"].url;
  return {
    api: `http://${HOST}:${ports.api}`,
    bridge: `http://${HOST}:${ports.bridge}`,
    cron: cronUrl(mode, ports),
    sql: `http://${HOST}:${ports.sql}/sql`,
    tenantPostgres: services["tenant-postgres"].url,
    platformPostgres: changedUrl(platformServer, { database: PLATFORM_DATABASE }),
    registry: changedUrl(platformServer, { database: REGISTRY_DATABASE }),
  };
}

function handlesOf(services: StackServices): Record<ServiceName, ServiceHandle> {
  const handle = (name: ServiceName): [ServiceName, ServiceHandle] => {
    const { pid, kill, start, stop, ready } = services[name];
    const restart = async (): Promise<void> => {
      await stop();
      await start();
      await ready();
    };
    return [name, { pid, kill, start, stop, ready, restart }];
  };
  return byName(SERVICE_NAMES.map(handle));
}

/** `fromEntries` forgets which keys there are; every name of the list has an entry here. */
const byName = (entries: [ServiceName, ServiceHandle][]): Record<ServiceName, ServiceHandle> =>
  Object.fromEntries(entries) as Record<ServiceName, ServiceHandle>;
