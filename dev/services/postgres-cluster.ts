/** One PostgreSQL cluster on this machine, or a server named by a URL. Used for the tenants' and the platform's server. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { serversFolder } from "../data/servers.ts";
import type { DataPaths } from "../paths.ts";
import { HOST } from "../ports.ts";
import { clearLeftovers, makeCluster, SUPERUSER } from "../postgres/cluster-directory.ts";
import { withConnection } from "../postgres/connect.ts";
import { removeContainer, runArguments } from "../postgres/docker.ts";
import { findRunner, type PostgresRunner, provideRunner } from "../postgres/installation.ts";
import { type ServerSettings, serverArguments } from "../postgres/settings.ts";
import { processService, type Running, type Surroundings } from "../process/process-service.ts";
import type { ProcessSpec } from "../process/spawn.ts";
import { serverUser } from "../process/users.ts";
import type { Service } from "../service.ts";

/** Long: after a crash the server first replays its log. */
const READY_TIMEOUT_MS = 60_000;
/** SIGINT: disconnect everybody and shut down; SIGQUIT: at once, with recovery at the next start. */
const STOP_STEPS = [
  { signal: "SIGINT", waitMs: 10_000 },
  { signal: "SIGQUIT", waitMs: 5_000 },
] as const;
const DOCKER_PORT = 5432;
const HASH_LENGTH = 8;

export interface ClusterOptions extends ServerSettings {
  name: `${string}-postgres`;
  paths: DataPaths;
  password: string;
  /** An existing server: nothing is installed, started or stopped. */
  externalUrl: string | undefined;
}

export interface PostgresCluster extends Service {
  /** As superuser, database "postgres". */
  url: string;
  /** What runs it; null before it is installed, and for an existing server. */
  runner(): PostgresRunner | null;
  /** The path of its data, if it is on this machine. */
  directory(): string | null;
}

export function postgresCluster(options: ClusterOptions, surroundings: Surroundings): PostgresCluster {
  const { name, externalUrl, port, password } = options;
  if (externalUrl !== undefined) return externalServer(name, externalUrl);
  const url = `postgres://${SUPERUSER}:${password}@${HOST}:${port}/postgres`;
  let runner: PostgresRunner | null = null;
  let running: Running | undefined;
  return {
    name,
    url,
    runner: () => runner,
    directory: () => (runner?.kind === "binaries" ? clusterDirectory(options) : null),
    async present() {
      runner = await findRunner();
      return runner?.kind === "binaries";
    },
    async install(log) {
      runner = await provideRunner(log);
    },
    async start() {
      if (runner === null) throw new Error(`${name} is started before it is installed`);
      running ??= processService(
        {
          name,
          readyTimeoutMs: READY_TIMEOUT_MS,
          stopSteps: STOP_STEPS,
          probe: () => answers(url),
          ...(runner.kind === "docker" ? inDocker(options) : await onThisMachine(options, runner)),
        },
        surroundings,
      );
      await running.start();
    },
    ready: async () => running?.ready(),
    stop: async () => running?.stop(),
    pid: () => running?.pid(),
    kill: (signal) => running?.kill(signal),
  };
}

const answers = (url: string): Promise<void> =>
  withConnection(url, async (client) => {
    await client.query("select 1");
  });

const clusterDirectory = ({ name, paths }: ClusterOptions): string => join(serversFolder(paths, serverUser("postgres")), name);

interface HowToRun {
  spec: (logFile: string) => ProcessSpec;
  before: () => Promise<void>;
}

async function onThisMachine(options: ClusterOptions, runner: PostgresRunner & { kind: "binaries" }): Promise<HowToRun> {
  const user = serverUser("postgres");
  const directory = clusterDirectory(options);
  await makeCluster({ directory, user, binaries: runner.binaries, superuserPassword: options.password, durable: options.durable });
  return {
    before: () => clearLeftovers(directory),
    spec: (logFile) => ({
      command: join(runner.binaries.bin, "postgres"),
      args: ["-D", directory, ...serverArguments(options)],
      env: { PATH: process.env.PATH ?? "", LC_ALL: "C" },
      cwd: directory,
      user,
      logFile,
      orphanSignal: "INT",
    }),
  };
}

/** The container is identified by its name. Its pid is that of `docker run`, which passes signals on to the server. */
function inDocker(options: ClusterOptions): HowToRun {
  const hash = createHash("sha256").update(options.paths.dataDir).digest("hex").slice(0, HASH_LENGTH);
  const container = `instanode-${options.name}-${hash}`;
  const folder = join(serversFolder(options.paths, undefined), options.name);
  return {
    before: () => removeContainer(container),
    spec: (logFile) => ({
      command: "docker",
      args: runArguments(container, options.port, folder, serverArguments({ ...options, port: DOCKER_PORT }, "*")),
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", POSTGRES_PASSWORD: options.password },
      cwd: options.paths.dataDir,
      logFile,
      orphanSignal: "INT",
    }),
  };
}

/** An existing server is only checked. */
function externalServer(name: ClusterOptions["name"], url: string): PostgresCluster {
  return {
    name,
    url,
    runner: () => null,
    directory: () => null,
    present: async () => true,
    install: async () => {},
    start: async () => {},
    ready: () => answers(url),
    stop: async () => {},
    pid: () => undefined,
    kill: () => {},
  };
}
