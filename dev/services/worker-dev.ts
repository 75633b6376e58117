/** The Worker in `wrangler dev`: rebuilt and reloaded when a source changes. Slower than workerd alone; never measure it. */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { QUIET_WRANGLER } from "../../scripts/build-worker.ts";
import { generateSources } from "../build/worker-build.ts";
import { type DataPaths, ROOT } from "../paths.ts";
import { HOST } from "../ports.ts";
import { answersHttp } from "../process/node-process.ts";
import { processService, type Surroundings } from "../process/process-service.ts";
import type { Service } from "../service.ts";

const READY_TIMEOUT_MS = 60_000;
const STOP_STEPS = [{ signal: "SIGTERM", waitMs: 5_000 }] as const;
const OWNER_ONLY = 0o600;

export interface WorkerDevOptions {
  paths: DataPaths;
  port: number;
  /** Asked at every start. */
  vars: () => Readonly<Record<string, string>>;
}

export function workerDev({ paths, port, vars }: WorkerDevOptions, surroundings: Surroundings): Service {
  const envFile = join(paths.run, "wrangler-dev.env");
  const running = processService(
    {
      name: "worker",
      spec: (logFile) => ({
        command: process.execPath,
        args: [wranglerProgram(), "dev", "--ip", HOST, "--port", String(port), "--env-file", envFile, ...stateArguments(paths)],
        env: { ...inherited(), ...QUIET_WRANGLER },
        cwd: ROOT,
        logFile,
        orphanSignal: "TERM",
      }),
      probe: () => answersHttp(`http://${HOST}:${port}/healthz`),
      readyTimeoutMs: READY_TIMEOUT_MS,
      stopSteps: STOP_STEPS,
    },
    surroundings,
  );
  return {
    name: "worker",
    present: async () => false,
    install: generateSources,
    ...running,
    async start() {
      writeFileSync(envFile, dotenv(vars()), { mode: OWNER_ONLY });
      await running.start();
    },
  };
}

/** Wrangler stores objects in a layout of its own, separate from workerd's. */
const stateArguments = (paths: DataPaths): string[] => [
  "--persist-to",
  join(paths.dataDir, "wrangler"),
  "--test-scheduled",
  "--show-interactive-dev-session=false",
];

const wranglerProgram = (): string => join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin/wrangler.js");

const inherited = (): Record<string, string> => ({ PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" });

/** In single quotes only the quote itself is special; wrangler still expands `$`. */
function dotenv(vars: Readonly<Record<string, string>>): string {
  return Object.entries(vars)
    .map(([name, value]) => {
      if (/['\n]/.test(value)) throw new Error(`${name} holds a quote or a line break, which an env file cannot carry`);
      return `${name}='${value.replaceAll("$", "\\$")}'\n`;
    })
    .join("");
}
