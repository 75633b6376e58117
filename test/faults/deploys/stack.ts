/** A stack that builds and runs apps, whose processes report to the fault hook and are started again when they die. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { removeDataDirectory } from "../../../dev/data/directory.ts";
import { placeOf } from "../../../dev/services/container-engine.ts";
import { type Stack, startStack } from "../../../dev/stack.ts";
import { type Call, openAccount } from "../../support/plain-account.ts";
import type { FaultHook } from "../hook.ts";
import { killAndWait } from "../kill.ts";
import type { Victim } from "./plan.ts";

const POLL_MS = 50;
const HEALTHY_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 5_000;
/** A fifth of production's: an operation of a bridge that was killed rests so long. */
const LEASE_SECONDS = 3;

export type DeployStack = {
  stack: Stack;
  /** Begins the names of everything that its containers have. */
  prefix: string;
  engineSocket: string;
  call: Call;
  platform: pg.Pool;
  registry: pg.Pool;
  /** kill -9; resolves when the process is gone. */
  kill(victim: Victim): Promise<void>;
  /** Resolves when everything answers. @throws when it does not within a minute */
  healthy(): Promise<void>;
  /** What the app at this URL answers with 200; else null. */
  ask(url: string): Promise<string | null>;
  stop(keep: boolean): Promise<void>;
};

export async function startDeployStack(hook: FaultHook): Promise<DeployStack> {
  const dataDir = mkdtempSync(join(tmpdir(), "instanode-faults-"));
  const remove = (): void => {
    removeDataDirectory(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  };
  const stack = await startStack({
    dataDir,
    mode: "serve",
    engines: ["postgres"],
    pools: false,
    durable: false,
    restartCrashed: true,
    cronTicker: true,
    workerVars: { FAULT_HOOK_URL: hook.url },
    bridgeEnv: {
      FAULT_HOOK_URL: hook.url,
      BRIDGE_LEASE_SECONDS: String(LEASE_SECONDS),
      BRIDGE_DRAIN_SECONDS: "0",
      BRIDGE_PROBE_SECONDS: "20",
    },
  }).catch((cause: unknown) => {
    remove();
    throw cause;
  });
  const open = (connectionString: string): pg.Pool => {
    const pool = new pg.Pool({ connectionString, max: 4 });
    pool.on("error", () => {});
    return pool;
  };
  const [platform, registry] = [open(stack.urls.platformPostgres), open(stack.urls.registry)];
  const ca = readFileSync(stack.rootCertificate);
  return {
    stack,
    prefix: placeOf(stack.paths).prefix,
    engineSocket: stack.deployRows.find(({ what }) => what === "container engine")?.where ?? "",
    call: await openAccount(stack, "team"),
    platform,
    registry,
    kill: (victim) => killAndWait(stack, victim),
    healthy: () => untilReady(stack),
    ask: (url) => ask(url, ca),
    async stop(keep) {
      await Promise.all([platform.end(), registry.end()]);
      await stack.stop();
      if (!keep) remove();
    },
  };
}

/** The Worker's own matrix says that everything is there. */
async function untilReady({ urls }: Stack): Promise<void> {
  const deadline = performance.now() + HEALTHY_TIMEOUT_MS;
  for (;;) {
    const ready = await fetch(`${urls.api}/readyz`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
      .then(async (answer) => ((await answer.json()) as { checks: Record<string, { status: string }> }).checks)
      .catch(() => null);
    const down = Object.entries(ready ?? { api: { status: "down" } }).filter(([, { status }]) => status === "down");
    if (down.length === 0) return;
    if (performance.now() > deadline) throw new Error(`a killed process did not come back: ${down.map(([name]) => name).join(", ")}`);
    await delay(POLL_MS * 2);
  }
}

function ask(url: string, ca: Buffer): Promise<string | null> {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve) => {
    const options = { host: "127.0.0.1", port, ca, servername: hostname, headers: { host }, agent: false, timeout: ANSWER_TIMEOUT_MS };
    const asked = get(options, (answer) => {
      text(answer).then(
        (said) => resolve(answer.statusCode === 200 ? said : null),
        () => resolve(null),
      );
    });
    asked.on("error", () => resolve(null)).on("timeout", () => asked.destroy());
  });
}
