/**
 * A throw-away PostgreSQL for tests: its own data directory and port, no fsync, gone afterwards.
 * INSTANODE_TEST_POSTGRES_URL (a superuser's) is used instead where a test does not need to stop the server.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import getPort from "get-port";
import pg from "pg";
import { findBinaries } from "../../dev/postgres/binaries.ts";
import { makeCluster } from "../../dev/postgres/cluster-directory.ts";
import { type SystemUser, serverUser } from "../../dev/process/users.ts";
import { serverProcess } from "./server-process.ts";

const PASSWORD = "throw-away";
const OTHERS_MAY_PASS = 0o711;

export type TestPostgres = {
  /** The superuser's URL, database `postgres`. */
  readonly url: string;
  readonly port: number;
  /** False for a server given by the environment: it is neither stopped nor killed. */
  readonly own: boolean;
  readonly hasVector: boolean;
  /** The last lines of the server's own log. */
  readonly serverLog: () => string;
  /** `crash` is kill -9 of the postmaster. */
  halt(how: "stop" | "crash"): Promise<void>;
  /** From now on everybody comes in with any password. */
  trustEverybody(): Promise<void>;
  restart(): Promise<void>;
  /** Stops the server and removes its data. */
  dispose(): Promise<void>;
};

export type TestPostgresOptions = {
  /** Lines of postgresql.conf, e.g. `max_connections: "20"`. */
  settings?: Record<string, string>;
  /** The server of the environment must not be used. */
  alone?: boolean;
};

/** Starts a server, or takes the one of the environment. */
export async function startTestPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const given = process.env.INSTANODE_TEST_POSTGRES_URL;
  if (given !== undefined && given !== "" && options.alone !== true && options.settings === undefined) return adopt(given);
  const binaries = await findBinaries();
  if (binaries === null) throw new Error("no PostgreSQL on this machine: run `npm test`, which installs it");
  const user = serverUser("postgres");
  const folder = mkdtempSync(join(tmpdir(), "instanode-pg-"));
  chmodSync(folder, OTHERS_MAY_PASS);
  const data = join(folder, "data");
  await makeCluster({ directory: data, binaries, user, superuserPassword: PASSWORD, durable: false });
  const port = await getPort({ host: "127.0.0.1" });
  const settings = { ...SETTINGS, port: String(port), unix_socket_directories: `'${data}'`, ...options.settings };
  writeFileSync(
    join(data, "postgresql.auto.conf"),
    Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(""),
  );

  const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const program = { file: join(binaries.bin, "postgres"), args: ["-D", data], options: { ...identity(user), cwd: data } };
  const server = serverProcess("PostgreSQL", program, () => letsIn(url));
  await server.start();
  return {
    url,
    port,
    own: true,
    hasVector: await offersVector(url),
    serverLog: server.log,
    halt: (how) => server.end(how === "stop" ? "SIGINT" : "SIGKILL"),
    trustEverybody: async () => {
      writeFileSync(join(data, "pg_hba.conf"), "host all all 127.0.0.1/32 trust\n");
      await server.end("SIGINT");
      await server.start();
    },
    restart: server.start,
    dispose: async () => {
      await server.end("SIGQUIT");
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** Speed over durability; durability has tests of its own against the real settings. */
const SETTINGS: Record<string, string> = {
  listen_addresses: "'127.0.0.1'",
  fsync: "off",
  full_page_writes: "off",
  max_connections: "100",
  shared_buffers: "'64MB'",
  log_min_messages: "warning",
};

const identity = (user: SystemUser | undefined): { uid?: number; gid?: number } =>
  user === undefined ? {} : { uid: user.uid, gid: user.gid };

async function offersVector(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'");
  await client.end();
  return rowCount === 1;
}

/** @throws while it does not */
async function letsIn(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A server that is not ours to stop, e.g. one that many test files share. */
export async function adopt(url: string): Promise<TestPostgres> {
  const notOurs = () => Promise.reject(new Error("this server belongs to somebody else"));
  return {
    url,
    port: Number(new URL(url).port || 5432),
    own: false,
    hasVector: await offersVector(url),
    serverLog: () => "",
    halt: notOurs,
    trustEverybody: notOurs,
    restart: notOurs,
    dispose: async () => {},
  };
}
