/**
 * A throw-away MongoDB for tests, of whatever kind this machine can have (dev/mongodb/runner.ts), or the one INSTANODE_MONGODB_URL
 * names, where a test does not need to stop it.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import getPort from "get-port";
import { type Document, MongoClient, type MongoClientOptions } from "mongodb";
import { z } from "zod";
import { openDataDirectory, removeDataDirectory } from "../../dev/data/directory.ts";
import { GIT_VERSION } from "../../dev/mongodb/gateway/commands/greeting.ts";
import { HOST } from "../../dev/ports.ts";
import { silentProgress } from "../../dev/progress.ts";
import { ensurePresent } from "../../dev/service.ts";
import { mongodb } from "../../dev/services/mongodb.ts";

const TIMEOUT_MS = 5_000;
const PASSWORD = "throw-away-administrator";

/** What answers: the real thing, or the stand-in, whose every difference a test that meets one names. */
export type MongodbKind = "mongod" | "stand-in";

export type TestMongodb = {
  /** The administrator's URL. */
  readonly url: string;
  readonly kind: MongodbKind;
  readonly version: string;
  /** False for a server given by the environment: it is neither stopped nor killed. */
  readonly own: boolean;
  /** BRIDGE_MONGODB_SERVERS, with changes of its one entry. */
  env(changes?: Record<string, unknown>): Record<string, string>;
  /** As the administrator, in database `admin` unless told. */
  command(command: Document, database?: string): Promise<Document>;
  serverLog(): string;
  /** `crash` is kill -9. */
  halt(how: "stop" | "crash"): Promise<void>;
  /** Its processes stand still: it takes connections and answers nobody. */
  freeze(): void;
  thaw(): void;
  restart(): Promise<void>;
  dispose(): Promise<void>;
};

const GIVEN = process.env.INSTANODE_MONGODB_URL || undefined;

export async function startTestMongodb({ alone = false } = {}): Promise<TestMongodb> {
  const externalUrl = alone ? undefined : GIVEN;
  const folder = mkdtempSync(join(tmpdir(), "instanode-mongodb-"));
  const paths = openDataDirectory(join(folder, "data"));
  const port = await getPort({ host: "127.0.0.1" });
  const surroundings = { logsDir: paths.logs, restartCrashed: false, log: silentProgress };
  const server = mongodb({ paths, durable: false, port, password: PASSWORD, externalUrl }, surroundings);
  const restart = async () => {
    await server.start();
    await server.ready();
  };
  await ensurePresent(server, silentProgress);
  await restart();
  const client = new MongoClient(server.url, quick());
  const { kind, version } = await identify(client);
  return {
    url: server.url,
    kind,
    version,
    own: externalUrl === undefined,
    env: (changes = {}) => {
      const [entry] = z.array(z.looseObject({})).parse(JSON.parse(server.bridgeEnvironment(HOST).BRIDGE_MONGODB_SERVERS ?? "[]"));
      return { BRIDGE_MONGODB_SERVERS: JSON.stringify([{ ...entry, ...changes }]) };
    },
    command: (command, database = "admin") => client.db(database).command(command),
    serverLog: () => (externalUrl === undefined ? readFileSync(join(paths.logs, "mongodb.log"), "utf8") : ""),
    halt: async (how) => {
      if (how === "crash") server.kill("SIGKILL");
      await server.stop();
    },
    freeze: () => server.kill("SIGSTOP"),
    thaw: () => server.kill("SIGCONT"),
    restart,
    dispose: async () => {
      await client.close();
      await server.stop();
      removeDataDirectory(paths.dataDir);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function identify(client: MongoClient): Promise<{ kind: MongodbKind; version: string }> {
  const { version, gitVersion } = await client.db("admin").command({ buildInfo: 1 });
  return { kind: gitVersion === GIT_VERSION ? "stand-in" : "mongod", version: String(version) };
}

/** One connection, and no patience. */
export function quick(options: MongoClientOptions = {}): MongoClientOptions {
  return { serverSelectionTimeoutMS: TIMEOUT_MS, connectTimeoutMS: TIMEOUT_MS, socketTimeoutMS: TIMEOUT_MS, maxPoolSize: 1, ...options };
}

/** Connects with a URL for the time of `work`. */
export async function withMongo<T>(url: string, work: (client: MongoClient) => Promise<T>, options?: MongoClientOptions): Promise<T> {
  const client = new MongoClient(url, quick(options));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** "ok", or MongoDB's number, or what the driver says. */
export async function outcomeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "ok",
    (error: { code?: number | string; message: string }) => String(error.code ?? error.message),
  );
}

export const databaseOf = (url: string): string => new URL(url).pathname.slice(1);

/** Writes, reads and deletes as an ordinary application does. */
export function useDatabase(url: string): Promise<string> {
  return outcomeOf(
    withMongo(url, async (client) => {
      const collection = client.db(databaseOf(url)).collection("proof");
      const { insertedId } = await collection.insertOne({ hello: "world" });
      if ((await collection.findOne({ _id: insertedId }))?.hello !== "world") throw new Error("what was written is not there");
      await collection.deleteOne({ _id: insertedId });
    }),
  );
}
