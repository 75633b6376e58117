/** A throw-away NATS server for tests: its own data directory and ports, gone afterwards. INSTANODE_TEST_NATS_SERVER names another program. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import getPort from "get-port";
import { answersNats } from "../../dev/nats/answers.ts";
import { findNats } from "../../dev/nats/binary.ts";
import { natsConfiguration } from "../../dev/nats/configuration.ts";
import { generateNatsSecrets, makeOperator, type NatsSecrets, operatorEntry, systemUrl } from "../../dev/nats/operator.ts";
import { serverProcess } from "./server-process.ts";

const HOST = "127.0.0.1";
const SECRET_BYTES = 32;

export type TestNats = {
  readonly port: number;
  readonly webSocketUrl: string;
  /** As the system account; without an operator the plain address. Secret. */
  readonly adminUrl: string;
  readonly secrets: NatsSecrets;
  /** Accounts and streams. */
  readonly directory: string;
  /** What the bridge must know of it. */
  readonly env: Record<string, string>;
  /** Its entry in BRIDGE_NATS_SERVERS, changed. */
  entry(changes?: Record<string, unknown>): Record<string, string>;
  readonly configuration: { file: string; text: string };
  /** The last lines of the server's own log. */
  serverLog(): string;
  /** SIGSTOP and SIGCONT, for a server that hangs. */
  signal(name: NodeJS.Signals): void;
  /** `crash` is kill -9. */
  halt(how: "stop" | "crash"): Promise<void>;
  restart(): Promise<void>;
  dispose(): Promise<void>;
};

export type TestNatsOptions = {
  /** `max_file`: how much the server promises in all. */
  storage?: string;
  /** No operator: everybody comes in. */
  open?: boolean;
  /** More lines of the configuration. */
  settings?: string;
};

export async function startTestNats({ storage = "10GB", open = false, settings = "" }: TestNatsOptions = {}): Promise<TestNats> {
  const program = await natsProgram();
  const directory = mkdtempSync(join(tmpdir(), "instanode-nats-"));
  const [port, webSocketPort] = [await getPort({ host: HOST, reserve: true }), await getPort({ host: HOST, reserve: true })];
  const secrets = generateNatsSecrets(() => randomBytes(SECRET_BYTES));
  const operator = makeOperator(secrets, Math.floor(Date.now() / 1_000));
  const file = join(directory, "nats-server.conf");
  const lines = natsConfiguration({ host: HOST, port, webSocketPort, directory, storage, ...(open ? {} : { operator }) });
  // A busy machine signs in late: the default is 2 s.
  const text = `${lines}\nauthorization: { timeout: 20 }\n${settings}\n`;
  writeFileSync(file, text);

  const server = serverProcess("nats-server", { file: program, args: ["--config", file] }, () => answersNats(HOST, port));
  const entry = (changes: Record<string, unknown> = {}) => ({
    BRIDGE_NATS_SERVERS: JSON.stringify([
      {
        id: "nats-test",
        public_host: HOST,
        public_port: port,
        internal_host: HOST,
        internal_port: port,
        ...(open ? {} : { operator: operatorEntry(secrets, operator) }),
        max_accounts: 1_000,
        connection_oversubscription: 1,
        storage_kept_back_percent: 0,
        ...changes,
      },
    ]),
  });
  await server.start();
  return {
    port,
    webSocketUrl: `ws://${HOST}:${webSocketPort}`,
    adminUrl: open ? `nats://${HOST}:${port}` : systemUrl({ host: HOST, port }, operator),
    secrets,
    directory,
    env: entry(),
    entry,
    configuration: { file, text },
    serverLog: server.log,
    signal: server.signal,
    halt: (how) => server.end(how === "stop" ? "SIGTERM" : "SIGKILL"),
    restart: server.start,
    dispose: async () => {
      await server.end("SIGKILL");
      rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

async function natsProgram(): Promise<string> {
  const given = process.env.INSTANODE_TEST_NATS_SERVER;
  if (given !== undefined && given !== "") return given;
  const found = await findNats();
  if (found?.kind !== "binary") throw new Error("no nats-server on this machine: run `npm test`, which gets one");
  return found.file;
}
