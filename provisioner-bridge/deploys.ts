/** Puts together what runs apps: the container engine, sources, routes, build logs and operations. */
import { join } from "node:path";
import type pg from "pg";
import { openPlan } from "../contract/operations.ts";
import type { AppMetricsReader } from "./app-metrics/reader.ts";
import { startAppMetrics } from "./app-metrics/start.ts";
import type { BridgeEnv } from "./env.ts";
import type { Fault } from "./faults.ts";
import { haproxy, noProxy } from "./ingress/haproxy/proxy.ts";
import { type AppsProxy, type Routes, startRoutes } from "./ingress/routes.ts";
import type { Log } from "./log.ts";
import { type Operations, startOperations } from "./operations/operations.ts";
import { createLogReader, type LogReader } from "./operations/read-logs.ts";
import { startReportLoop } from "./operations/report-loop.ts";
import type { Clock } from "./ports/clock.ts";
import type { Random } from "./ports/random.ts";
import type { Reporter } from "./reports/reporter.ts";
import { createDockerDriver } from "./services/docker/index.ts";
import type { Driver } from "./services/driver.ts";
import { type Isolation, startIsolation, uncheckedIsolation } from "./services/isolation/isolation.ts";
import { openForbidden } from "./services/isolation/places.ts";
import { findReachable } from "./services/isolation/probe.ts";
import { createBuildLogs } from "./services/logs/build-logs.ts";
import type { Sources } from "./services/sources/sources.ts";
import { createSourceStore } from "./services/sources/store.ts";
import { startStrangers } from "./supervision/strangers.ts";
import { startSupervisor } from "./supervision/supervisor.ts";

const SECOND_MS = 1_000;

/** Each is null where the environment does not configure it. */
export type DeployParts = { driver: Driver | null; sources: Sources | null };

export type Deploys = DeployParts & {
  isolation: Isolation;
  routes: Routes;
  /** Null where no proxy is in front of the apps. */
  proxy: AppsProxy | null;
  /** Null without a container engine or a folder for logs. */
  reader: LogReader | null;
  /** Null without a container engine. */
  metrics: AppMetricsReader | null;
  /** Null unless all parts are there. */
  operations: Operations | null;
  /** Gives leases back. */
  stop(): Promise<void>;
  close(): Promise<void>;
};

export type DeploysDeps = {
  env: BridgeEnv;
  registry: pg.Pool;
  clock: Clock;
  random: Random;
  log: Log;
  fault: Fault;
  /** Null where no Worker takes reports. */
  report: Reporter | null;
  /** How many parts of apps the registry does not know. */
  strangersFound(count: number): void;
  /** Tests bring their own. */
  parts: Partial<DeployParts>;
};

export function startDeploys(deps: DeploysDeps): Deploys {
  const { env, registry, clock, random, log, report } = deps;
  const parts = { ...partsOf(deps), ...deps.parts };
  const { driver, sources } = parts;
  const isolation = isolationOf(deps, driver);
  const proxy = env.BRIDGE_INGRESS === undefined ? null : haproxy(env.BRIDGE_INGRESS);
  const routes = startRoutes({ registry, proxy: proxy ?? noProxy, clock, random, log });
  const logs = env.BRIDGE_DATA_DIR === undefined ? null : createBuildLogs({ folder: join(env.BRIDGE_DATA_DIR, "logs"), clock });
  const keys = env.BRIDGE_DECRYPTION_KEYS?.keys;
  const bridgeId = env.BRIDGE_ID;
  const reports = report && startReportLoop({ registry, bridgeId, clock, random, log, report });
  const reader = driver === null || logs === null ? null : createLogReader({ registry, driver, logs, clock });
  const operations =
    driver === null || sources === null || logs === null || keys === undefined
      ? null
      : startOperations({
          ...deps,
          driver,
          sources,
          routes,
          logs,
          isolation,
          bridgeId,
          openPlan: (jwe) => openPlan(jwe, keys),
          builds: env.BRIDGE_BUILDS,
          leaseMs: env.BRIDGE_LEASE_SECONDS * SECOND_MS,
          buildMs: env.BRIDGE_BUILD_SECONDS * SECOND_MS,
          probeMs: env.BRIDGE_PROBE_SECONDS * SECOND_MS,
          drainMs: env.BRIDGE_DRAIN_SECONDS * SECOND_MS,
          onChange: () => reports?.hurry(),
        });
  const supervisor =
    driver === null || operations === null
      ? null
      : startSupervisor({
          mayStart: () => isolation.isConfirmed() && operations.hasRestored(),
          registry,
          bridgeId,
          driver,
          routes,
          clock,
          random,
          log,
          onChange: () => reports?.hurry(),
        });
  const strangers = driver && startStrangers({ registry, driver, clock, random, log, found: deps.strangersFound });
  const requests = env.BRIDGE_INGRESS?.requests;
  const metrics = driver && startAppMetrics({ registry, driver, clock, random, log, requests });
  return {
    ...parts,
    metrics,
    isolation,
    routes,
    proxy,
    reader,
    operations,
    stop: async () => {
      reader?.stop();
      sources?.stop();
      await Promise.all([operations?.stop(), supervisor?.stop(), strangers?.stop(), metrics?.stop()]);
      await Promise.all([routes.stop(), reports?.stop(), isolation.stop()]);
    },
    close: async () => driver?.close(),
  };
}

/** Probes run with the engine that is configured: tests that bring a driver of their own have no containers. */
function isolationOf({ env, clock, random, log, parts }: DeploysDeps, driver: Driver | null): Isolation {
  const { BRIDGE_RUNNER: runner, BRIDGE_PORT: bridgePort, BRIDGE_REGISTRY_URL: registryUrl } = env;
  if (driver === null || parts.driver !== undefined || runner === undefined || runner.isolation === "unchecked") return uncheckedIsolation;
  const probe = {
    driver,
    clock,
    image: runner.probe_image,
    openForbidden: () => openForbidden({ bridgePort, registryUrl }),
    nonce: () => random.uuid(),
  };
  return startIsolation({ clock, random, log, findReachable: (signal) => findReachable(probe, signal) });
}

/** Sources are taken only where they can be built. */
function partsOf({ env, registry, clock, log }: DeploysDeps): DeployParts {
  const { BRIDGE_RUNNER: runner, BRIDGE_DATA_DIR: dataDir, BRIDGE_DATA_DISK_FREE_MIN_PERCENT: diskFreeMinPercent } = env;
  if (runner === undefined || dataDir === undefined) return { driver: null, sources: null };
  return {
    driver: createDockerDriver(runner, { clock, buildDiskMb: env.BRIDGE_BUILD_DISK_MB }),
    sources: createSourceStore({ folder: join(dataDir, "sources"), diskFreeMinPercent, registry, clock, log }),
  };
}
