/** A throw-away Redis for tests: its own directory and port, configured as `npm start` does, gone afterwards. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RESP_TYPES, RedisClient } from "@redis/client";
import getPort from "get-port";
import { ADMINISTRATOR, redisConfiguration } from "../../dev/redis/configuration.ts";
import { answersRedis } from "../../dev/redis/connect.ts";
import { findProgram } from "../../dev/redis/program.ts";
import { serverProcess } from "./server-process.ts";

const HOST = "127.0.0.1";
const PASSWORD = "throw-away-password-of-the-administrator";
const ANSWER_MS = 5_000;

export type TestRedis = {
  /** The administrator's. */
  readonly url: string;
  readonly port: number;
  /** BRIDGE_REDIS_SERVERS with this server alone; `changes` of its entry. */
  env(changes?: Record<string, unknown>): Record<string, string>;
  /** Runs one command as the administrator. */
  admin<T = unknown>(...command: (string | Buffer)[]): Promise<T>;
  /** `crash` is kill -9, `freeze` leaves it running without an answer until `thaw`. */
  halt(how: "stop" | "crash" | "freeze" | "thaw"): Promise<void>;
  restart(): Promise<void>;
  serverLog(): string;
  /** Everything it has written to its disk. */
  disk(): string;
  dispose(): Promise<void>;
};

export type TestRedisOptions = {
  /** More lines of redis.conf; the last of a name counts. */
  settings?: readonly string[];
  maxMemory?: string;
};

export async function startTestRedis({ settings = [], maxMemory = "128mb" }: TestRedisOptions = {}): Promise<TestRedis> {
  const binary = await findProgram();
  if (binary === null) throw new Error("no Redis on this machine: run `npm test`, which installs it");
  const directory = mkdtempSync(join(tmpdir(), "instanode-redis-"));
  const port = await getPort({ host: HOST });
  const configuration = redisConfiguration({ bind: HOST, port, directory, password: PASSWORD, maxMemory, durable: false });
  const file = join(directory, "redis.conf");
  writeFileSync(file, configuration + settings.map((line) => `${line}\n`).join(""));
  const url = `redis://${ADMINISTRATOR}:${PASSWORD}@${HOST}:${port}`;

  const program = { file: binary, args: [file], options: { argv0: "redis-server", cwd: directory } };
  const server = serverProcess("Redis", program, () => answersRedis(url));
  await server.start();
  return {
    url,
    port,
    env: (changes) => ({ BRIDGE_REDIS_SERVERS: JSON.stringify([{ ...entry(url, port), ...changes }]) }),
    admin: async <T>(...command: (string | Buffer)[]) => (await commands(url, [command]))[0] as T,
    async halt(how) {
      if (how === "freeze" || how === "thaw") server.signal(how === "freeze" ? "SIGSTOP" : "SIGCONT");
      else await server.end(how === "stop" ? "SIGTERM" : "SIGKILL");
    },
    restart: server.start,
    serverLog: server.log,
    disk: () => readAll(join(directory, "appendonlydir")),
    async dispose() {
      server.signal("SIGCONT");
      await server.end("SIGKILL");
      rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function readAll(folder: string): string {
  const manifest = readFileSync(join(folder, "appendonly.aof.manifest"), "utf8");
  const names = [...manifest.matchAll(/^file (\S+)/gm)].map(([, name]) => name ?? "");
  return names.map((name) => readFileSync(join(folder, name), "latin1")).join("\n");
}

function entry(url: string, port: number) {
  const address = { public_host: HOST, public_port: port, internal_host: HOST, internal_port: port };
  return { id: "redis-test", admin_url: url, ...address, max_tenants: 500, memory_oversubscription: 100 };
}

/** What createClient does, with one class for all. */
const openClient = RedisClient.factory();

/** An ordinary client, as its README shows it, that does not come back when its server is gone. */
export function ordinaryClient(url: string) {
  const client = openClient({ url, socket: { reconnectStrategy: false, connectTimeout: ANSWER_MS } });
  client.on("error", () => {});
  return client;
}

/** Connects with a URL, does `work`, and closes whatever happens. */
export async function withRedis<T>(url: string, work: (client: ReturnType<typeof ordinaryClient>) => Promise<T>): Promise<T> {
  const client = ordinaryClient(url);
  try {
    await client.connect();
    return await work(client);
  } finally {
    client.destroy();
  }
}

/** Runs commands on one connection; the first error is thrown. */
export function commands(url: string, list: readonly (readonly (string | Buffer)[])[], asBytes = false): Promise<unknown[]> {
  const options = asBytes ? { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } : undefined;
  return withRedis(url, async (client) => {
    const answers: unknown[] = [];
    for (const command of list) answers.push(await client.sendCommand(command, options));
    return answers;
  });
}

/** "ok", or the first word of why not: NOPERM, WRONGPASS, … */
export async function outcomeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "ok",
    (error: Error) => error.message.split(" ")[0] ?? error.name,
  );
}

export const prefixOf = (url: string): string => `${new URL(url).username}:`;

/** Whether a URL can write, read and delete below its prefix. */
export function canUse(url: string): Promise<string> {
  const key = `${prefixOf(url)}used`;
  return outcomeOf(
    commands(url, [
      ["SET", key, "1"],
      ["GET", key],
      ["DEL", key],
    ]),
  );
}
