/** The whole on this machine as the campaign sees it: processes to kill, and places to look into. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { EngineName } from "../../contract/engines.ts";
import type { ResourceKind } from "../../contract/kinds.ts";
import { removeDataDirectory } from "../../dev/data/directory.ts";
import { engineServerEntry } from "../../dev/engine-servers.ts";
import { loadSecrets, type Secrets } from "../../dev/secrets.ts";
import { startStack } from "../../dev/stack.ts";
import { POOLED_ENGINES } from "../../provisioner-bridge/engines/all.ts";
import { engineOf } from "../support/engine-of.ts";
import type { FaultHook } from "./hook.ts";
import { killAndWait } from "./kill.ts";
import type { Victim } from "./points.ts";
import { engineSubject } from "./subjects/all.ts";
import type { EngineSubject } from "./subjects/subject.ts";

const POLL_MS = 50;
const PROBE_TIMEOUT_MS = 2_000;
const HEALTHY_TIMEOUT_MS = 60_000;
export const EVERY_MINUTE = "* * * * *";

export type FaultyStack = {
  readonly apiUrl: string;
  readonly bridgeUrl: string;
  readonly secrets: Secrets;
  /** The tenants' servers that run. */
  readonly engines: readonly { subject: EngineSubject; adminUrl: string }[];
  /** Platform database and registry; broken connections are replaced. */
  readonly platform: pg.Pool;
  readonly registry: pg.Pool;
  /** kill -9; resolves when the process is gone. The stack starts it again by itself. `kind` says which engine's server is meant. */
  kill(victim: Victim, kind: ResourceKind): Promise<void>;
  /** Resolves when all answer. @throws when they do not within a minute */
  healthy(): Promise<void>;
  /** Runs the cron trigger of every minute once; throws when the Worker cannot. */
  sweep(): Promise<void>;
  /** Where its data and logs are until it is stopped. */
  readonly dataDir: string;
  /** Stops every process and, unless they are to be kept, removes data and logs. */
  stop(keep?: "keep"): Promise<void>;
};

type FaultyStackOptions = {
  /** Whether tenants are ready-made. */
  pools?: boolean;
  /** How long an attempt of a create holds its key; as in production unless told. */
  leaseSeconds?: number;
};

/** Starts a stack of its own whose processes report to `hook` and are started again when they die. */
export async function startFaultyStack(
  hook: FaultHook,
  engines: readonly EngineName[],
  { pools = false, leaseSeconds }: FaultyStackOptions = {},
): Promise<FaultyStack> {
  const dataDir = mkdtempSync(join(tmpdir(), "instanode-faults-"));
  const remove = (): void => {
    removeDataDirectory(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  };
  const env = { FAULT_HOOK_URL: hook.url };
  const stack = await startStack({
    dataDir,
    mode: "serve",
    engines,
    pools,
    restartCrashed: true,
    durable: true,
    // As in production: a trigger every minute, beside those the campaign asks for.
    cronTicker: true,
    workerVars: { ...env, ...(leaseSeconds === undefined ? {} : { ADMISSION_LEASE_SECONDS: String(leaseSeconds) }) },
    bridgeEnv: pools ? { ...env, BRIDGE_POOLS: JSON.stringify(poolsOf(engines)) } : env,
  }).catch((cause: unknown) => {
    remove();
    throw cause;
  });
  const { urls } = stack;
  const open = (connectionString: string): pg.Pool => {
    const pool = new pg.Pool({ connectionString, max: 4, connectionTimeoutMillis: PROBE_TIMEOUT_MS, query_timeout: 10_000 });
    pool.on("error", () => {});
    return pool;
  };
  const running = engines.map((engine) => ({ subject: engineSubject(engine), adminUrl: stack.engineUrl(engine) }));
  const platform = open(urls.platformPostgres);
  const registry = open(urls.registry);
  const probes = [
    () => answers(`${urls.api}/healthz`),
    () => answers(`${urls.bridge}/healthz`),
    ...running.map(
      ({ subject, adminUrl }) =>
        () =>
          subject.inventory(adminUrl),
    ),
  ];
  return {
    apiUrl: urls.api,
    bridgeUrl: urls.bridge,
    secrets: await loadSecrets(stack.paths.secrets),
    engines: running,
    platform,
    registry,
    kill: (victim, kind) => killAndWait(stack, serviceOf(victim, kind)),
    healthy: () => untilHealthy(probes),
    async sweep() {
      await stack.runCron(EVERY_MINUTE);
    },
    dataDir,
    async stop(keep) {
      await Promise.all([platform.end(), registry.end()]);
      await stack.stop();
      if (keep === undefined) remove();
    },
  };
}

/** Large enough that what a killed fill leaves for a minute and a half does not keep the pool empty. */
function poolsOf(engines: readonly EngineName[]): Record<string, { min: number; max: number }> {
  const pooled = POOLED_ENGINES.filter((engine) => engines.includes(engine));
  return Object.fromEntries(pooled.map((engine) => [engine, { min: 4, max: 10 }]));
}

function serviceOf(victim: Victim, kind: ResourceKind): string {
  if (victim !== "engine") return victim;
  const engine = engineOf(kind);
  if (engine === null) throw new Error(`${kind} has no engine to kill`);
  return engineServerEntry(engine).service;
}

async function answers(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}

async function untilHealthy(probes: ReadonlyArray<() => Promise<unknown>>): Promise<void> {
  const deadline = performance.now() + HEALTHY_TIMEOUT_MS;
  for (const probe of probes) {
    for (;;) {
      try {
        await probe();
        break;
      } catch (cause) {
        if (performance.now() > deadline) throw new Error("a killed process did not come back", { cause });
        await delay(POLL_MS);
      }
    }
  }
}
