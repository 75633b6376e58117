/** A stack for tests: free ports, a data directory of its own that goes when it goes, no fsync, no cron but on request. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineName } from "../../contract/engines.ts";
import { removeDataDirectory } from "../../dev/data/directory.ts";
import type { ProgressSink } from "../../dev/progress.ts";
import { type Stack, type StackOptions, startStack } from "../../dev/stack.ts";

/** What a test process must know of a stack, in a form that crosses processes. */
export type StackFacts = {
  apiUrl: string;
  /** How the API names itself in links and tokens. */
  publicUrl: string;
  bridgeUrl: string;
  cronUrl: string;
  /** SQL over HTTP, as the Worker reaches the platform database. */
  sqlUrl: string;
  /** Superusers' connections. */
  platformUrl: string;
  registryUrl: string;
  tenantServerUrl: string;
  /** Administrators' URLs of the tenants' servers that run, by engine. */
  engineUrls: Partial<Record<EngineName, string>>;
  /** Where queues are reached over WebSocket. */
  queueWebSocketUrl: string;
  logsDir: string;
  /** SQLite files of the Durable Objects. */
  objectsDir: string;
  /** Every key and password of the stack (dev/secrets.ts). */
  secretsFile: string;
  /** The certificate that the addresses of deployed apps are trusted with. */
  appsCaFile: string;
  /** Sources and build logs of deploys. */
  deploysDir: string;
  /** Where tests note the secrets they have met. */
  canaryFile: string;
};

export type TestStack = Pick<Stack, "service" | "runCron"> & {
  facts: StackFacts;
  /** Stops everything and removes its data. */
  dispose(): Promise<void>;
};

/** The Worker and the bridge keep their readiness for a second, not for twelve: tests of outages wait for the next one. */
const READINESS = {
  workerVars: { READINESS_CACHE_SECONDS: "1" },
  bridgeEnv: { BRIDGE_READINESS_SECONDS: "1" },
};

export async function startTestStack(
  options: Pick<StackOptions, "workerVars" | "bridgeEnv" | "engines" | "external" | "pools" | "publicInternet" | "deploys"> = {},
): Promise<TestStack> {
  const folder = mkdtempSync(join(tmpdir(), "instanode-e2e-"));
  const dataDir = join(folder, "data");
  const dispose = () => {
    removeDataDirectory(dataDir);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const external = { mongodb: process.env.INSTANODE_MONGODB_URL || undefined };
    const stack = await startStack({
      pools: false,
      deploys: false,
      external,
      ...options,
      workerVars: { ...READINESS.workerVars, ...options.workerVars },
      bridgeEnv: { ...READINESS.bridgeEnv, ...options.bridgeEnv },
      dataDir,
      mode: "serve",
      durable: false,
      cronTicker: false,
      log: complain,
    });
    return {
      service: (name) => stack.service(name),
      runCron: stack.runCron,
      facts: factsOf(stack, join(folder, "canaries.jsonl")),
      async dispose() {
        await stack.stop();
        dispose();
      },
    };
  } catch (cause) {
    dispose();
    throw cause;
  }
}

function factsOf({ urls, paths, ports, engineUrl, rootCertificate }: Stack, canaryFile: string): StackFacts {
  return {
    apiUrl: urls.api,
    publicUrl: urls.api,
    bridgeUrl: urls.bridge,
    cronUrl: urls.cron,
    sqlUrl: urls.sql,
    platformUrl: urls.platformPostgres,
    registryUrl: urls.registry,
    tenantServerUrl: engineUrl("postgres"),
    engineUrls: urls.engines,
    queueWebSocketUrl: `ws://127.0.0.1:${ports.natsWebSocket}`,
    logsDir: paths.logs,
    objectsDir: paths.durableObjects,
    appsCaFile: rootCertificate,
    deploysDir: paths.deploys,
    secretsFile: paths.secrets,
    canaryFile,
  };
}

/** A stack that starts as it should says nothing. */
const complain: ProgressSink = ({ kind, subject, text }) => {
  if (kind === "fail") console.error(`${subject}: ${text}`);
};

/** Runs the Worker's scheduled handler and waits for it, as `Stack.runCron` does in the process that started the stack. */
export async function runCron({ cronUrl }: StackFacts, expression: string): Promise<void> {
  const answer = await fetch(`${cronUrl}?cron=${encodeURIComponent(expression)}`, { method: "POST" });
  if (!answer.ok) throw new Error(`the cron ${expression} failed: ${await answer.text()}`);
}

/** The logs of every service, each whole. */
export function readLogs({ logsDir }: StackFacts): { name: string; text: string }[] {
  return filesIn(logsDir).map((name) => ({ name, text: readFileSync(join(logsDir, name), "utf8") }));
}

/** What the Durable Objects keep on disk, byte by byte. An object that falls asleep meanwhile merges its files into one. */
export function readObjects({ objectsDir }: StackFacts): { name: string; text: string }[] {
  return filesIn(objectsDir).flatMap((name) => {
    try {
      return [{ name, text: readFileSync(join(objectsDir, name), "latin1") }];
    } catch (cause) {
      if (!existsSync(join(objectsDir, name))) return [];
      throw cause;
    }
  });
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
