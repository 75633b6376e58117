/** One tenants' server: the administrator's connections to it, bounded, and what may happen on it at the same time. */
import { type Db, type Document, MongoClient, type MongoClientOptions } from "mongodb";
import pLimit, { type LimitFunction } from "p-limit";
import type { MongodbServerConfig } from "../../env.ts";
import type { Log } from "../../log.ts";
import type { Random } from "../../ports/random.ts";
import { type OwnerMark, ownerMark } from "./marks.ts";

const CONNECT_TIMEOUT_MS = 3_000;
/** Of one answer: a dropDatabase waits for its lock. */
const COMMAND_TIMEOUT_MS = 20_000;
/** How long a check of the server waits; a readiness probe has 4 s in all. */
const CHECK_TIMEOUT_MS = 3_000;

export type MongodbServer = {
  readonly config: MongodbServerConfig;
  readonly client: MongoClient;
  /** Readiness checks use connections no tenant is counted into. */
  readonly checks: LimitFunction;
  readonly mark: OwnerMark;
  readonly random: Random;
  readonly log: Log;
};

export type ServerDeps = { registryId: string; random: Random; log: Log };

/** Opens nothing yet: the first command does. */
export function createMongodbServer(config: MongodbServerConfig, deps: ServerDeps): MongodbServer {
  return {
    config,
    client: new MongoClient(config.admin_url, {
      ...boundedOptions(COMMAND_TIMEOUT_MS),
      maxPoolSize: config.admin_connections,
      appName: "instanode-bridge",
    }),
    checks: pLimit(config.readiness_reserve),
    mark: ownerMark(deps.registryId),
    random: deps.random,
    log: deps.log.child({ server: config.id }),
  };
}

/** No wait of a client without an end: not for a server, not for a connection, not for an answer, and no second try of its own. */
function boundedOptions(answerTimeoutMs: number): MongoClientOptions {
  return {
    serverSelectionTimeoutMS: CONNECT_TIMEOUT_MS,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    waitQueueTimeoutMS: answerTimeoutMs,
    socketTimeoutMS: answerTimeoutMs,
    retryReads: false,
    retryWrites: false,
    // Commands of ours carry a password: monitoring would hand them to listeners, and we have none.
    monitorCommands: false,
  };
}

/** The database that rights over the whole server are used on. */
export function admin(server: MongodbServer): Db {
  return server.client.db("admin");
}

/** Asks the server about itself; an answer that takes long is none. */
export function ask(server: MongodbServer, question: Document): Promise<Document> {
  return admin(server).command(question, { signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) });
}

/** Runs `work` as somebody else, on a connection of its own that is closed afterwards. */
export async function withClient<T>(url: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(url, {
    ...boundedOptions(CHECK_TIMEOUT_MS),
    maxPoolSize: 1,
    appName: "instanode-readiness",
  });
  try {
    return await work(client);
  } finally {
    // Waited for: the connection must have been given back before a tenant of few connections uses them all.
    await client.close().catch(() => undefined);
  }
}
