/**
 * A throw-away PostgreSQL for tests: its own data directory and port, no fsync, gone afterwards.
 * INSTANODE_TEST_POSTGRES_URL (a superuser's) is used instead where a test does not need to stop the server.
 */
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import getPort from "get-port";
import pg from "pg";
import { serverProcess } from "./server-process.ts";

const PASSWORD = "throw-away";
const DEBIAN_BINARIES = "/usr/lib/postgresql";

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
  const binaries = findBinaries();
  const data = mkdtempSync(join(tmpdir(), "instanode-pg-"));
  const owner = postgresUser();
  if (owner !== null) chownSync(data, owner.uid, owner.gid);
  initialise(binaries, data, owner);
  const port = await getPort({ host: "127.0.0.1" });
  const settings = { ...SETTINGS, port: String(port), unix_socket_directories: `'${data}'`, ...options.settings };
  writeFileSync(
    join(data, "postgresql.auto.conf"),
    Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(""),
  );

  const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const program = { file: join(binaries, "postgres"), args: ["-D", data], options: { ...owner, cwd: data } };
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
      rmSync(data, { recursive: true, force: true, maxRetries: 10 });
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

type Owner = { uid: number; gid: number };

/** PostgreSQL refuses to run as root; then its own user runs it. */
function postgresUser(): Owner | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

function findBinaries(): string {
  const versions = existsSync(DEBIAN_BINARIES) ? readdirSync(DEBIAN_BINARIES).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(DEBIAN_BINARIES, version, "bin")), ...(process.env.PATH ?? "").split(delimiter)];
  const binaries = folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
  if (binaries === undefined) throw new Error("no PostgreSQL on this machine: run `npm test`, which installs it");
  return binaries;
}

async function offersVector(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'");
  await client.end();
  return rowCount === 1;
}

function initialise(binaries: string, data: string, owner: Owner | null): void {
  const passwordFile = join(data, "..", `${data.split("/").at(-1)}.password`);
  writeFileSync(passwordFile, PASSWORD);
  if (owner !== null) chownSync(passwordFile, owner.uid, owner.gid);
  const options = [
    "-D",
    data,
    "-U",
    "postgres",
    "-E",
    "UTF8",
    "--locale=C.UTF-8",
    "--auth=scram-sha-256",
    `--pwfile=${passwordFile}`,
    "--no-sync",
  ];
  try {
    execFileSync(join(binaries, "initdb"), options, { ...(owner ?? {}), stdio: "pipe", cwd: data });
  } finally {
    rmSync(passwordFile);
  }
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

async function adopt(url: string): Promise<TestPostgres> {
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
