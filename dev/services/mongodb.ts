/** The MongoDB whose databases are handed out: an existing server, a real one of this machine, or the stand-in. */
import { MongoClient } from "mongodb";
import { engineServer, randomSecret } from "../engine-server-entry.ts";
import { administratorUrl, answersMongodb } from "../mongodb/administrator.ts";
import { type LocalMongodb, realMongodb } from "../mongodb/real.ts";
import { describeRunner, findRunner, type MongodbRunner, provideRunner } from "../mongodb/runner.ts";
import { standInMongodb } from "../mongodb/stand-in.ts";
import type { Running, Surroundings } from "../process/process-service.ts";
import { serverUser } from "../process/users.ts";
import type { EngineServer } from "../service.ts";

/** Far more than the ceilings allow. */
const MAX_DATABASES = 2_000;
/** On a developer's machine few tenants are connected at a time. */
const CONNECTION_OVERSUBSCRIPTION = 100;
const ADMIN_CONNECTIONS = 5;
const DISK_FREE_MIN_PERCENT = 5;
const MONGODB_PORT = 27_017;

export interface MongodbOptions extends LocalMongodb {
  /** An existing server: nothing is installed, started or stopped. */
  externalUrl: string | undefined;
}

const PORT = "mongodb";
/** A bridge makes so many in advance. */
const POOL = { min: 2, max: 10 };

export const mongodbServer = engineServer({
  engine: "mongodb",
  service: "mongodb",
  ports: { [PORT]: { number: 27_027, variable: "INSTANODE_MONGODB_PORT" } },
  /** Of its administrator. */
  makeSecrets: () => ({ mongodbPassword: randomSecret() }),
  external: { variable: "INSTANODE_MONGODB_URL", what: "root user's URL of the tenants' MongoDB" },
  create: ({ paths, durable, ports, secrets, externalUrl }, surroundings) =>
    mongodb({ paths, durable, port: ports[PORT], password: secrets.mongodbPassword, externalUrl }, surroundings),
});

export function mongodb(options: MongodbOptions, surroundings: Surroundings): EngineServer {
  const { externalUrl, port, password } = options;
  const url = externalUrl ?? administratorUrl(port, password);
  let runner: MongodbRunner | null = null;
  let running: Running | undefined;
  const common = {
    name: "mongodb",
    engine: "mongodb",
    url,
    isOptional: true,
    pool: POOL,
    bridgeEnvironment: (internalHost: string) => ({
      BRIDGE_MONGODB_SERVERS: JSON.stringify([serverEntry(url, externalUrl === undefined ? internalHost : undefined)]),
    }),
  } as const;
  if (externalUrl !== undefined) return { ...common, ...external(externalUrl) };
  return {
    ...common,
    ports: [PORT],
    get row() {
      return { what: "MongoDB", where: whereOf(url), note: runner === null ? "" : describeRunner(runner) };
    },
    async present() {
      runner = await findRunner(serverUser("postgres"));
      return runner !== null;
    },
    async install(log) {
      runner = await provideRunner(serverUser("postgres"), log);
    },
    async start() {
      if (runner === null) throw new Error("mongodb is started before it is installed");
      running ??=
        runner.kind === "stand-in" ? standInMongodb(options, runner.tree, surroundings) : realMongodb(options, runner, surroundings);
      await running.start();
    },
    ready: async () => running?.ready(),
    stop: async () => running?.stop(),
    pid: () => running?.pid(),
    kill: (signal) => running?.kill(signal),
  };
}

/** An existing server is only checked. */
function external(url: string) {
  return {
    ports: [],
    row: { what: "MongoDB", where: whereOf(url), note: "yours" },
    present: async () => true,
    install: async () => {},
    start: async () => {},
    ready: () => answersMongodb(url),
    stop: async () => {},
    pid: () => undefined,
    kill: () => {},
  };
}

/** A connection string may name several hosts, so the driver parses it. */
function optionsOf(url: string) {
  const { hosts, tls, replicaSet } = new MongoClient(url).options;
  return { host: hosts[0]?.host ?? "127.0.0.1", port: hosts[0]?.port ?? MONGODB_PORT, tls, replicaSet };
}

/** Without a password, because it is shown on a terminal. */
function whereOf(url: string): string {
  const { host, port } = optionsOf(url);
  return `mongodb://${host}:${port}`;
}

/** `internalHost`: where containers reach it; an existing server has one address only. */
function serverEntry(url: string, internalHost: string | undefined) {
  const { host, port, tls, replicaSet } = optionsOf(url);
  return {
    id: "mongodb-local",
    admin_url: url,
    public_host: host,
    public_port: port,
    internal_host: internalHost ?? host,
    internal_port: port,
    url_options: { ...(tls ? { tls: "true" } : {}), ...(replicaSet === undefined ? {} : { replicaSet }) },
    max_databases: MAX_DATABASES,
    connection_oversubscription: CONNECTION_OVERSUBSCRIPTION,
    admin_connections: ADMIN_CONNECTIONS,
    disk_free_min_percent: DISK_FREE_MIN_PERCENT,
  };
}
