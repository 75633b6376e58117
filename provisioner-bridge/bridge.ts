/** Puts the bridge together. `main.ts` runs it as a program, tests run it in their own process. */

import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import pRetry from "p-retry";
import type pg from "pg";
import { ENGINES, type EngineName } from "../contract/engines.ts";
import type { TenantLimits } from "../contract/jobs.ts";
import { kindOn } from "../contract/kinds.ts";
import { tenantLimits } from "../contract/limits.ts";
import packageJson from "../package.json" with { type: "json" };
import { createBurstDetector } from "./burst.ts";
import { createPasswords } from "./credentials/password.ts";
import { createCuts } from "./cuts/cuts.ts";
import { type DeployParts, type Deploys, startDeploys } from "./deploys.ts";
import type { EngineDeps } from "./engines/deps.ts";
import type { Engine } from "./engines/engine.ts";
import { type BridgeEnv, readTls } from "./env.ts";
import { type Fault, faultHook, noFaults } from "./faults.ts";
import { createDispatch } from "./jobs/dispatch.ts";
import { createServiceDispatch } from "./jobs/services.ts";
import { createJobVerifier, createServiceJobVerifier, jobKeys } from "./jobs/verify.ts";
import type { Log } from "./log.ts";
import { type Metering, startMetering } from "./metering/metering.ts";
import { createMetrics } from "./metrics.ts";
import { startPools } from "./pool/pool.ts";
import type { Clock } from "./ports/clock.ts";
import type { Random } from "./ports/random.ts";
import { builderProbe, createReadiness, type Probe, tenantServersProbe } from "./readiness.ts";
import { startReconcileLoop } from "./reconcile/loop.ts";
import { type PassResult, reconcileOnce } from "./reconcile/reconcile.ts";
import { openRegistry, withRegistry } from "./registry/database.ts";
import { migrateRegistry } from "./registry/migrate.ts";
import { createReporter, type Reporter } from "./reports/reporter.ts";
import { createServer } from "./server.ts";

const SECOND_MS = 1_000;
/** At start the registry may itself be starting. */
const REGISTRY_RETRIES = 8;
/** How long a stopping bridge waits for running jobs. A job that is cut off is finished by its retry. */
const DRAIN_MS = 25_000;
const SWEEP_MS = 50;
/**
 * Longer than callers keep a connection (Cloudflare keeps an idle one to an origin for 900 s): a connection that the bridge closes may
 * be carrying a job, which must then be sent again.
 */
const KEEP_ALIVE_MS = 910_000;
/** A pool waits for its last connection to be given back; a statement that was cut off above must not keep the process. */
const CLOSE_MS = 3_000;

export type BridgePorts = { clock: Clock; random: Random; log: Log };
export type BridgeOptions = {
  /** Tests make a job fail at a point; the program asks FAULT_HOOK_URL. */
  fault?: Fault;
  /** Tests bring their own container engine, sources or routes. */
  parts?: Partial<DeployParts>;
};

export type RunningBridge = {
  readonly url: string;
  readonly engines: readonly Engine[];
  reconcileOnce(): Promise<PassResult>;
  /** Measures and reports one server now; null where nothing is metered (no BRIDGE_REPORT_URL). */
  readonly measureNow: Metering["measureNow"] | null;
  /** Stops accepting, lets running jobs finish for a bounded time, closes every connection. */
  close(): Promise<void>;
};

/** Starts a bridge. Tenants' servers may be down: it starts all the same and prepares them later. @throws when the registry stays away */
export async function startBridge(env: BridgeEnv, ports: BridgePorts, options: BridgeOptions = {}): Promise<RunningBridge> {
  const { clock, log, random } = ports;
  const { registry, registryId } = await openMigratedRegistry(env.BRIDGE_REGISTRY_URL, log);

  const { callbacks, engineDeps } = engineCallbacks();
  const made = env.engines.map((make) => make({ registryId, random, clock, log, ...engineDeps }));
  const engines = made.filter(({ servers }) => servers.length > 0);
  callbacks.measured = createCuts({ registry, engines, clock, log });
  const metrics = createMetrics({ registry, engines, log });
  const fault = options.fault ?? (env.FAULT_HOOK_URL === undefined ? noFaults : faultHook(env.FAULT_HOOK_URL));
  const passwords = createPasswords(env.BRIDGE_SECRETS);
  const bursts = createBurstDetector(clock);
  const startMs = env.BRIDGE_POOL_START_SECONDS * SECOND_MS;
  const bounds = env.BRIDGE_POOLS;
  const pools = startPools({ registry, passwords, ...ports, fault, engines, bursts, bounds, startMs, limitsOf: pooledLimits });
  const report = reporterOf(env, ports);
  const deploys = startDeploys({
    env,
    registry,
    ...ports,
    fault,
    report,
    strangersFound: (count) => metrics.findings("app_strangers", count),
    parts: options.parts ?? {},
  });
  const verifier = { bridgeId: env.BRIDGE_ID, keys: jobKeys(env.BRIDGE_JOB_JWKS), clock };
  const app = createServer({
    verify: createJobVerifier(verifier),
    verifyService: createServiceJobVerifier(verifier),
    dispatchService: createServiceDispatch(deploys),
    reader: deploys.reader,
    sources: deploys.sources,
    isolation: deploys.isolation,
    dispatch: createDispatch({
      registry,
      engines: Object.fromEntries(engines.map((engine) => [engine.engine, engine])),
      passwords,
      clock,
      random,
      fault,
      pools,
      bursts,
    }),
    readiness: readinessOf(env, ports, probesOf(registry, engines, deploys)),
    metrics,
    health: { ok: true, commit_id: env.COMMIT_ID, build_time: env.BUILD_TIME, version: packageJson.version },
    ...ports,
  });
  const pass = () => reconcileOnce({ registry, engines, passwords, clock, log, metrics });
  const loop = startReconcileLoop({ clock, random, log, metrics, intervalMs: env.BRIDGE_RECONCILE_SECONDS * SECOND_MS, pass });
  callbacks.returned = loop.hurry;
  const intervalMs = env.BRIDGE_METERING_SECONDS * SECOND_MS;
  const metering = report && startMetering({ registry, engines, clock, random, log, metrics, report, isBurst: bursts.isBurst, intervalMs });
  if (metering) callbacks.pressure = metering.hurry;
  // Not waited for: a server that is down must not keep the bridge from starting.
  for (const engine of engines) for (const server of engine.servers) engine.prepare(server).catch(() => undefined);

  const { url, listener } = await listen(env, app.fetch);
  return {
    url,
    engines,
    reconcileOnce: pass,
    measureNow: metering?.measureNow ?? null,
    close: async () => {
      await Promise.all([loop.stop(), metering?.stop(), pools.stop(), deploys.stop(), drain(listener, clock)]);
      await atMost(CLOSE_MS, clock, Promise.all([...engines.map((engine) => engine.close()), deploys.close(), registry.end()]));
    },
  };
}

async function listen(env: BridgeEnv, answer: ReturnType<typeof createServer>["fetch"]) {
  const tls = readTls(env);
  const listener = createAdaptorServer({
    fetch: answer,
    ...(tls === null ? {} : { createServer: createHttpsServer }),
    serverOptions: { ...tls, keepAliveTimeout: KEEP_ALIVE_MS },
  });
  const address = await new Promise<AddressInfo>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(env.BRIDGE_PORT, env.BRIDGE_HOST, () => resolve(addressOf(listener.address())));
  });
  return { url: `${tls === null ? "http" : "https"}://${env.BRIDGE_HOST}:${address.port}`, listener };
}

function readinessOf({ COMMIT_ID: commitId, BRIDGE_READINESS_SECONDS: seconds }: BridgeEnv, { clock, log }: BridgePorts, probes: Probes) {
  return createReadiness({ clock, log, commitId, cacheMs: seconds * SECOND_MS, probes });
}

type Probes = Readonly<Record<string, Probe>>;

/** What the readiness says of each part. What is not configured is not asked. */
function probesOf(registry: pg.Pool, engines: readonly Engine[], { driver, proxy, isolation }: Deploys): Probes {
  return {
    platform_db: () => withRegistry(registry, async (client) => void (await client.query("SELECT 1"))).then(() => undefined),
    ...Object.fromEntries(engines.map((engine) => [ENGINES[engine.engine].check, tenantServersProbe(engine)])),
    ...(driver === null ? {} : { builder: builderProbe(driver, isolation) }),
    ...(proxy === null ? {} : { ingress: () => proxy.probe().then(() => undefined) }),
  };
}

type Callbacks = Pick<EngineDeps, "returned" | "pressure" | "measured">;

/** The callbacks of the engines. They exist before the engines, and are set when their targets exist. Without metering, `pressure` is a no-op. */
function engineCallbacks(): { callbacks: Callbacks; engineDeps: Callbacks } {
  const callbacks: Callbacks = { returned: () => {}, pressure: () => {}, measured: async () => {} };
  const engineDeps: Callbacks = {
    returned: () => callbacks.returned(),
    pressure: (server) => callbacks.pressure(server),
    measured: (found) => callbacks.measured(found),
  };
  return { callbacks, engineDeps };
}

/** Waits for a registry that is itself starting, and brings its tables up to date. @throws when it stays away */
async function openMigratedRegistry(url: string, log: Log): Promise<{ registry: pg.Pool; registryId: string }> {
  const registry = openRegistry(url, log);
  const registryId = await pRetry(() => migrateRegistry(registry), {
    retries: REGISTRY_RETRIES,
    minTimeout: SECOND_MS / 4,
    maxTimeout: 5 * SECOND_MS,
    onFailedAttempt: ({ error }) => log.warn({ err: error }, "the registry is not there yet"),
  }).catch(async (error: unknown) => {
    await registry.end();
    throw new Error("the registry (BRIDGE_REGISTRY_URL) does not answer", { cause: error });
  });
  return { registry, registryId };
}

/** Null where no Worker takes reports. */
function reporterOf(env: BridgeEnv, { clock, random }: BridgePorts): Reporter | null {
  const { BRIDGE_REPORT_URL: url, BRIDGE_SIGNING_KEYS: signing, BRIDGE_ID: bridgeId } = env;
  return url === undefined || signing === undefined ? null : createReporter({ url, bridgeId, keys: signing.keys, clock, random });
}

/** The limits of tenants made in advance: those of the anonymous tier, which most creates ask for. */
function pooledLimits(engine: EngineName): TenantLimits {
  return tenantLimits(kindOn(engine), "anonymous");
}

/** Resolves with the work, or without it after `ms`. */
function atMost(ms: number, clock: Clock, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, resolve);
    work.then(() => resolve(), reject).finally(cancel);
  });
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === "string") throw new Error("the listener has no port");
  return address;
}

/** Resolves when the last request is answered, or when waiting takes too long. */
function drain(listener: ReturnType<typeof createAdaptorServer>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    let cancelSweep = () => {};
    // A caller keeps its connection after the last answer: each one that has become idle is closed.
    const sweep = () => {
      if ("closeIdleConnections" in listener) listener.closeIdleConnections();
      cancelSweep = clock.after(SWEEP_MS, sweep);
    };
    const cancelDrain = clock.after(DRAIN_MS, () => {
      if ("closeAllConnections" in listener) listener.closeAllConnections();
    });
    listener.close(() => {
      cancelDrain();
      cancelSweep();
      resolve();
    });
    sweep();
  });
}
