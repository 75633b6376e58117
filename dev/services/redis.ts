/** The tenants' Redis. The bridge makes the users; this module only runs the server. */
import { createHash } from "node:crypto";
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serversFolder } from "../data/servers.ts";
import { engineServer, randomSecret } from "../engine-server-entry.ts";
import type { DataPaths } from "../paths.ts";
import { HOST } from "../ports.ts";
import { withoutSecret } from "../postgres/connect.ts";
import { removeContainer } from "../postgres/docker.ts";
import { type ProcessServiceOptions, processService, type Running, type Surroundings } from "../process/process-service.ts";
import { unprivilegedUser } from "../process/users.ts";
import { ADMINISTRATOR, redisConfiguration } from "../redis/configuration.ts";
import { answersRedis } from "../redis/connect.ts";
import { DOCKER_IMAGE, findRunner, provideRunner, type RedisRunner } from "../redis/installation.ts";
import { serverProgram } from "../redis/program.ts";
import type { EngineServer } from "../service.ts";

const NAME = "redis";
/** Long: after a crash the server first reads its data. */
const READY_TIMEOUT_MS = 60_000;
const STOP_STEPS = [{ signal: "SIGTERM", waitMs: 10_000 }] as const;
const REDIS_PORT = 6379;
const HASH_LENGTH = 8;
const PRIVATE = 0o700;
const PRIVATE_FILE = 0o600;

const MAX_MEMORY = "512mb";
/** Far more than the ceilings allow. */
const MAX_TENANTS = 2_000;
/** On a developer's machine tenants are mostly empty. */
const MEMORY_OVERSUBSCRIPTION = 50;

export interface RedisOptions {
  paths: DataPaths;
  port: number;
  password: string;
  durable: boolean;
  /** An existing server: nothing is installed, started or stopped. */
  externalUrl: string | undefined;
}

export const redisServer = engineServer({
  engine: "redis",
  service: NAME,
  ports: { redis: { number: 6389, variable: "INSTANODE_REDIS_PORT" } },
  makeSecrets: () => ({ redisAdminPassword: randomSecret() }),
  external: { variable: "INSTANODE_REDIS_URL", what: "administrator's URL of the tenants' Redis" },
  create: ({ paths, durable, ports, secrets, externalUrl }, surroundings) =>
    redis({ paths, durable, port: ports.redis, password: secrets.redisAdminPassword, externalUrl }, surroundings),
});

export function redis(options: RedisOptions, surroundings: Surroundings): EngineServer {
  const url = options.externalUrl ?? `redis://${ADMINISTRATOR}:${options.password}@${HOST}:${options.port}`;
  return {
    name: NAME,
    engine: "redis",
    url,
    ports: options.externalUrl === undefined ? ["redis"] : [],
    row: { what: "tenants' Redis", where: withoutSecret(url), note: "ACL users with a prefix each" },
    isOptional: true,
    bridgeEnvironment: (internalHost) => ({
      BRIDGE_REDIS_SERVERS: JSON.stringify([serverEntry(url, options.externalUrl === undefined ? internalHost : undefined)]),
    }),
    ...(options.externalUrl === undefined ? ownServer(options, url, surroundings) : externalServer(url)),
  };
}

type Runs = Pick<EngineServer, "present" | "install" | "start" | "ready" | "stop" | "pid" | "kill">;

function ownServer(options: RedisOptions, url: string, surroundings: Surroundings): Runs {
  let runner: RedisRunner | null = null;
  let running: Running | undefined;
  return {
    async present() {
      runner = await findRunner();
      return runner?.kind === "program";
    },
    async install(log) {
      runner = await provideRunner(log);
    },
    async start() {
      if (runner === null) throw new Error(`${NAME} is started before it is installed`);
      const common = { name: NAME, readyTimeoutMs: READY_TIMEOUT_MS, stopSteps: STOP_STEPS, probe: () => answersRedis(url) } as const;
      const how = runner.kind === "docker" ? inDocker(options) : onThisMachine(options, runner.program);
      running ??= processService({ ...common, ...how }, surroundings);
      await running.start();
    },
    ready: async () => running?.ready(),
    stop: async () => running?.stop(),
    pid: () => running?.pid(),
    kill: (signal) => running?.kill(signal),
  };
}

/** An existing server is only checked. */
function externalServer(url: string): Runs {
  return {
    present: async () => true,
    install: async () => {},
    start: async () => {},
    ready: () => answersRedis(url),
    stop: async () => {},
    pid: () => undefined,
    kill: () => {},
  };
}

type HowToRun = Pick<ProcessServiceOptions, "spec" | "before">;

function onThisMachine({ paths, port, password, durable }: RedisOptions, program: string): HowToRun {
  const user = unprivilegedUser();
  const directory = join(serversFolder(paths, user), NAME);
  const file = join(directory, "redis.conf");
  mkdirSync(directory, { recursive: true, mode: PRIVATE });
  writeFileSync(file, redisConfiguration({ bind: HOST, port, directory, password, maxMemory: MAX_MEMORY, durable }), {
    mode: PRIVATE_FILE,
  });
  if (user !== undefined) for (const path of [directory, file]) chownSync(path, user.uid, user.gid);
  const command = serverProgram(program, directory);
  return {
    spec: (logFile) => ({
      command,
      args: [file],
      env: { PATH: process.env.PATH ?? "", LC_ALL: "C" },
      cwd: directory,
      user,
      logFile,
      orphanSignal: "TERM",
    }),
  };
}

/** The container is identified by its name. Its pid is that of `docker run`, which passes signals on to the server. */
function inDocker({ paths, port, password, durable }: RedisOptions): HowToRun {
  const container = `instanode-${NAME}-${createHash("sha256").update(paths.dataDir).digest("hex").slice(0, HASH_LENGTH)}`;
  const folder = join(serversFolder(paths, undefined), NAME);
  mkdirSync(folder, { recursive: true, mode: PRIVATE });
  const settings = { bind: "0.0.0.0", port: REDIS_PORT, directory: "/data", password, maxMemory: MAX_MEMORY, durable };
  writeFileSync(join(folder, "redis.conf"), redisConfiguration(settings), { mode: PRIVATE_FILE });
  const where = ["--publish", `${HOST}:${port}:${REDIS_PORT}`, "--volume", `${folder}:/data`];
  return {
    before: () => removeContainer(container),
    spec: (logFile) => ({
      command: "docker",
      args: ["run", "--rm", "--name", container, ...where, DOCKER_IMAGE, "redis-server", "/data/redis.conf"],
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" },
      cwd: paths.dataDir,
      logFile,
      orphanSignal: "TERM",
    }),
  };
}

/** `internalHost`: where containers reach it; an existing server has one address only. */
function serverEntry(url: string, internalHost: string | undefined) {
  const { hostname, port, protocol } = new URL(url);
  const address = { host: hostname, port: Number(port || REDIS_PORT) };
  return {
    id: "redis-local",
    admin_url: url,
    public_host: address.host,
    public_port: address.port,
    internal_host: internalHost ?? address.host,
    internal_port: address.port,
    tls: protocol === "rediss:",
    max_tenants: MAX_TENANTS,
    memory_oversubscription: MEMORY_OVERSUBSCRIPTION,
  };
}
