/** One tenants' server: the administrator's connections to it, bounded, and what may happen on it at the same time. */
import { type Document, MongoClient, type MongoClientOptions } from "mongodb";
import pLimit, { type LimitFunction } from "p-limit";
import type { Log } from "../../log.ts";
import type { Random } from "../../ports/random.ts";
import type { MongodbServerConfig } from "./configuration.ts";
import { type OwnerMark, ownerMark } from "./marks.ts";

/** Short: the driver waits this long even where the port is closed. */
const FIND_TIMEOUT_MS = 2_000;
/** Of one answer: a dropDatabase waits for its lock. */
const COMMAND_TIMEOUT_MS = 20_000;
/** How long a question about the server itself waits. */
const CHECK_TIMEOUT_MS = 3_000;
/** A tenant's way in, from outside and with TLS, is a longer one. */
const PROOF_TIMEOUT_MS = 3_000;
/** The database that rights over the whole server are used on. */
const ADMIN = "admin";

export type MongodbServer = {
  readonly config: MongodbServerConfig;
  readonly administrator: Connector;
  /** Readiness checks use connections no tenant is counted into. */
  readonly checks: LimitFunction;
  readonly mark: OwnerMark;
  readonly random: Random;
  readonly log: Log;
};

export type ServerDeps = { registryId: string; random: Random; log: Log };

/** Opens nothing yet: the first command does. */
export function createMongodbServer(config: MongodbServerConfig, deps: ServerDeps): MongodbServer {
  const options = {
    ...boundedOptions(FIND_TIMEOUT_MS, COMMAND_TIMEOUT_MS),
    maxPoolSize: config.admin_connections,
    appName: "instanode-bridge",
  };
  return {
    config,
    administrator: createConnector(() => new MongoClient(config.admin_url, options)),
    checks: pLimit(config.readiness_reserve),
    mark: ownerMark(deps.registryId),
    random: deps.random,
    log: deps.log.child({ server: config.id }),
  };
}

export type Connector = {
  /** @throws what the driver throws when the server does not answer */
  client(): Promise<MongoClient>;
  close(): Promise<void>;
};

/** A client of this driver that could not connect the first time never does: each try gets a new one. */
function createConnector(open: () => MongoClient): Connector {
  let connected: Promise<MongoClient> | undefined;
  const connect = async (): Promise<MongoClient> => {
    const client = open();
    try {
      return await client.connect();
    } catch (cause) {
      connected = undefined;
      await client.close().catch(() => undefined);
      throw cause;
    }
  };
  return {
    client() {
      connected ??= connect();
      return connected;
    },
    close: async () => (await connected?.catch(() => undefined))?.close(),
  };
}

/** No wait of a client without an end: not for a server, not for a connection, not for an answer, and no second try of its own. */
function boundedOptions(findTimeoutMs: number, answerTimeoutMs: number): MongoClientOptions {
  return {
    serverSelectionTimeoutMS: findTimeoutMs,
    connectTimeoutMS: findTimeoutMs,
    waitQueueTimeoutMS: answerTimeoutMs,
    socketTimeoutMS: answerTimeoutMs,
    retryReads: false,
    retryWrites: false,
    // Commands of ours carry a password: monitoring would hand them to listeners, and we have none.
    monitorCommands: false,
  };
}

/** Runs a command as the administrator. */
export async function command({ administrator }: MongodbServer, database: string, asked: Document): Promise<Document> {
  return (await administrator.client()).db(database).command(asked);
}

/** The same for what concerns the whole server. */
export function adminCommand(server: MongodbServer, asked: Document): Promise<Document> {
  return command(server, ADMIN, asked);
}

/** Asks the server about itself; an answer that takes too long is an error. */
export async function ask({ administrator }: MongodbServer, question: Document): Promise<Document> {
  const client = await administrator.client();
  return client.db(ADMIN).command(question, { signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) });
}

/** Runs `work` as another user, on a connection of its own that is closed afterwards. */
export async function withClient<T>(url: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(url, {
    ...boundedOptions(PROOF_TIMEOUT_MS, PROOF_TIMEOUT_MS),
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
