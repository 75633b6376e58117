/** The tenants' NATS server, with JetStream, over TCP and WebSocket. */
import { createHash, randomBytes } from "node:crypto";
import { chownSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serversFolder } from "../data/servers.ts";
import { engineServer } from "../engine-server-entry.ts";
import { answersNats } from "../nats/answers.ts";
import { findNats, type NatsRunner, provideNats } from "../nats/binary.ts";
import { natsConfiguration } from "../nats/configuration.ts";
import { CONTAINER_DIRECTORY, CONTAINER_PORTS, runArguments } from "../nats/docker.ts";
import { externalNats } from "../nats/external.ts";
import { generateNatsSecrets, makeOperator, type NatsSecrets, type Operator, operatorEntry, systemUrl } from "../nats/operator.ts";
import type { DataPaths } from "../paths.ts";
import { HOST } from "../ports.ts";
import { removeContainer } from "../postgres/docker.ts";
import { processService, type Running, type Surroundings } from "../process/process-service.ts";
import type { ProcessSpec } from "../process/spawn.ts";
import { unprivilegedUser } from "../process/users.ts";
import type { EngineServer } from "../service.ts";

const READY_TIMEOUT_MS = 30_000;
/** On SIGTERM the server first writes everything to disk. */
const STOP_STEPS = [{ signal: "SIGTERM", waitMs: 10_000 }] as const;
const FILE = "nats-server.conf";
const HASH_LENGTH = 8;
/** Far more than the ceilings allow. */
const MAX_ACCOUNTS = 10_000;
/** On a developer's machine few tenants are connected at a time. */
const CONNECTION_OVERSUBSCRIPTION = 10;
const DISK_FREE_MIN_PERCENT = 5;
const SECOND_MS = 1_000;

export interface NatsOptions {
  paths: DataPaths;
  port: number;
  webSocketPort: number;
  secrets: NatsSecrets;
  /** An existing server: nothing is installed, started or stopped. */
  external: string | undefined;
}

const SEED_BYTES = 32;
/** Each ready account reserves its storage. */
const POOL = { min: 2, max: 10 };

export const natsServer = engineServer({
  engine: "nats",
  service: "nats",
  ports: {
    nats: { number: 4232, variable: "INSTANODE_NATS_PORT" },
    natsWebSocket: { number: 4233, variable: "INSTANODE_NATS_WEBSOCKET_PORT" },
  },
  makeSecrets: () => ({ ...generateNatsSecrets(() => randomBytes(SEED_BYTES)) }),
  external: { variable: "INSTANODE_NATS_URL", what: "URL of a NATS server without an operator, or its entry as JSON" },
  create: ({ paths, ports, secrets, externalUrl }, surroundings) => ({
    ...nats({ paths, secrets, port: ports.nats, webSocketPort: ports.natsWebSocket, external: externalUrl }, surroundings),
    pool: POOL,
  }),
});

export function nats(options: NatsOptions, surroundings: Surroundings): EngineServer {
  if (options.external !== undefined) return externalNats(options.external);
  const { port, webSocketPort, secrets } = options;
  const operator = makeOperator(secrets, Math.floor(Date.now() / SECOND_MS));
  let runner: NatsRunner | null = null;
  let running: Running | undefined;
  return {
    name: "nats",
    engine: "nats",
    ports: ["nats", "natsWebSocket"],
    url: systemUrl({ host: HOST, port }, operator),
    row: { what: "NATS JetStream", where: `nats://${HOST}:${port}`, note: `WebSocket: ws://${HOST}:${webSocketPort}` },
    isOptional: true,
    async present() {
      runner = await findNats();
      return runner?.kind === "binary";
    },
    async install(log) {
      runner = await provideNats(log);
    },
    async start() {
      if (runner === null) throw new Error("nats is started before it is installed");
      const how = runner.kind === "docker" ? inDocker(options, operator) : onThisMachine(options, operator, runner.file);
      const probe = () => answersNats(HOST, port);
      running ??= processService({ name: "nats", readyTimeoutMs: READY_TIMEOUT_MS, stopSteps: STOP_STEPS, probe, ...how }, surroundings);
      await running.start();
    },
    ready: async () => running?.ready(),
    stop: async () => running?.stop(),
    pid: () => running?.pid(),
    kill: (signal) => running?.kill(signal),
    bridgeEnvironment: (internalHost) => ({ BRIDGE_NATS_SERVERS: JSON.stringify([serverEntry(options, operator, internalHost)]) }),
  };
}

interface HowToRun {
  spec: (logFile: string) => ProcessSpec;
  before?: () => Promise<void>;
}

function onThisMachine({ paths, port, webSocketPort }: NatsOptions, operator: Operator, command: string): HowToRun {
  const user = unprivilegedUser();
  const directory = natsFolder(paths);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  const file = join(directory, FILE);
  writeFileSync(file, natsConfiguration({ host: HOST, port, webSocketPort, directory, operator }));
  return {
    spec: (logFile) => ({
      command,
      args: ["--config", file],
      env: { PATH: process.env.PATH ?? "" },
      cwd: directory,
      user,
      logFile,
      orphanSignal: "TERM",
    }),
  };
}

/** The container is identified by its name. `docker run` passes signals on to the server. */
function inDocker({ paths, port, webSocketPort }: NatsOptions, operator: Operator): HowToRun {
  const hash = createHash("sha256").update(paths.dataDir).digest("hex").slice(0, HASH_LENGTH);
  const container = `instanode-nats-${hash}`;
  const directory = natsFolder(paths);
  mkdirSync(directory, { recursive: true });
  const inside = { host: "0.0.0.0", port: CONTAINER_PORTS.client, webSocketPort: CONTAINER_PORTS.webSocket };
  writeFileSync(join(directory, FILE), natsConfiguration({ ...inside, directory: CONTAINER_DIRECTORY, operator }));
  return {
    before: () => removeContainer(container),
    spec: (logFile) => ({
      command: "docker",
      args: runArguments(container, { client: port, webSocket: webSocketPort }, directory, `${CONTAINER_DIRECTORY}/${FILE}`),
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" },
      cwd: paths.dataDir,
      logFile,
      orphanSignal: "TERM",
    }),
  };
}

const natsFolder = (paths: DataPaths): string => join(serversFolder(paths, unprivilegedUser()), "nats");

function serverEntry({ paths, port, secrets }: NatsOptions, operator: Operator, internalHost: string) {
  const directory = natsFolder(paths);
  const isVisible = statSync(directory, { throwIfNoEntry: false }) !== undefined;
  return {
    id: "nats-local",
    public_host: HOST,
    public_port: port,
    internal_host: internalHost,
    internal_port: port,
    operator: operatorEntry(secrets, operator),
    max_accounts: MAX_ACCOUNTS,
    connection_oversubscription: CONNECTION_OVERSUBSCRIPTION,
    ...(isVisible ? { disk_path: directory, disk_free_min_percent: DISK_FREE_MIN_PERCENT } : {}),
  };
}
