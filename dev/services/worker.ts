/** The built Worker in `workerd serve`, with its Durable Objects on disk and the cron sidecar beside it. */
import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { provideWorkerBuild, type WorkerBuild } from "../build/worker-build.ts";
import { type DataPaths, ROOT } from "../paths.ts";
import type { Ports } from "../port-table.ts";
import { HOST } from "../ports.ts";
import { answersHttp } from "../process/node-process.ts";
import { processService, type Surroundings } from "../process/process-service.ts";
import { deniedNetworks } from "../public-network.ts";
import type { Service } from "../service.ts";
import type { WorkerConfig } from "../worker-config.ts";
import { workerdConfig } from "../workerd-config.ts";

const READY_TIMEOUT_MS = 15_000;
/** workerd first finishes the answers in progress. */
const STOP_STEPS = [{ signal: "SIGTERM", waitMs: 3_000 }] as const;

export interface WorkerOptions {
  config: WorkerConfig;
  paths: DataPaths;
  ports: Ports;
  /** Variables and secrets, with their values; asked at every start. */
  vars: () => Readonly<Record<string, string>>;
  /** See `StackOptions`. */
  publicInternet?: string | undefined;
}

export function worker(options: WorkerOptions, surroundings: Surroundings): Service {
  const folder = join(options.paths.run, "worker");
  const running = processService(
    {
      name: "worker",
      spec: (logFile) => ({
        command: workerdBinary(),
        // Experimental: the sidecar calls another Worker's scheduled handler.
        args: ["serve", "--experimental", join(folder, "config.capnp")],
        env: { PATH: process.env.PATH ?? "", ...options.vars() },
        cwd: folder,
        logFile,
        orphanSignal: "TERM",
      }),
      probe: () => answersHttp(`http://${HOST}:${options.ports.api}/healthz`),
      readyTimeoutMs: READY_TIMEOUT_MS,
      stopSteps: STOP_STEPS,
    },
    surroundings,
  );
  let build: WorkerBuild | undefined;
  return {
    name: "worker",
    // To install it is to build it, and the build skips unchanged sources.
    present: async () => false,
    async install(log) {
      build = await provideWorkerBuild(log);
    },
    ...running,
    async start() {
      if (build === undefined) throw new Error("the worker is started before it is built");
      writeServeFolder(folder, build, options);
      await running.start();
    },
  };
}

/** The stack has its own copy, so a later build changes neither a running stack nor one that restarts after a crash. */
function writeServeFolder(folder: string, build: WorkerBuild, { config, paths, ports, vars, publicInternet }: WorkerOptions): void {
  rmSync(folder, { recursive: true, force: true });
  cpSync(build.worker, folder, { recursive: true });
  cpSync(build.assets, join(folder, "assets"), { recursive: true });
  cpSync(join(ROOT, "dev/sidecars/cron.js"), join(folder, "cron.js"));
  const modules = readdirSync(build.worker).filter((name) => !/\.(?:map|md)$/.test(name));
  const text = workerdConfig({
    ...config,
    modules: ["index.js", ...modules.filter((name) => name !== "index.js")],
    durableObjectsPath: paths.durableObjects,
    assets: config.assetsBinding === undefined ? undefined : { binding: config.assetsBinding, path: join(folder, "assets") },
    variables: Object.keys(vars()),
    deniedNetworks: deniedNetworks(),
    publicInternet,
    host: HOST,
    apiPort: ports.api,
    cronPort: ports.cron,
  });
  writeFileSync(join(folder, "config.capnp"), text);
}

/** The server itself, not its JavaScript launcher: the pid must be the one to signal. The package exports its path. */
export function workerdBinary(): string {
  const wrangler = createRequire(createRequire(import.meta.url).resolve("wrangler"));
  const { default: path }: { default: string } = wrangler("workerd");
  return path;
}
