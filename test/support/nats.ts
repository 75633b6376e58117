/** A throw-away NATS server for tests: its own data directory and ports, gone afterwards. INSTANODE_TEST_NATS_SERVER names another program. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import getPort from "get-port";
import { answersNats } from "../../dev/nats/answers.ts";
import { findNats } from "../../dev/nats/binary.ts";
import { natsConfiguration } from "../../dev/nats/configuration.ts";
import { generateNatsSecrets, makeOperator, type NatsSecrets, operatorEntry, systemUrl } from "../../dev/nats/operator.ts";
import { until } from "../../dev/time.ts";

const HOST = "127.0.0.1";
const SECRET_BYTES = 32;
const START_TIMEOUT_MS = 20_000;
const POLL_MS = 20;
const LOG_CHARACTERS = 400_000;

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
  const text = `${lines}\n${settings}\n`;
  writeFileSync(file, text);

  let output = "";
  let child: ChildProcess | undefined;
  const restart = async () => {
    child = spawn(program, ["--config", file], { stdio: ["ignore", "pipe", "pipe"] });
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-LOG_CHARACTERS);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    const hopeless = () => child?.exitCode !== null;
    await until(() => answersNats(HOST, port), { timeoutMs: START_TIMEOUT_MS, intervalMs: POLL_MS, hopeless }).catch((cause: unknown) => {
      throw new Error(`nats-server did not start:\n${output}`, { cause });
    });
  };
  const halt = async (signal: NodeJS.Signals) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "close");
    child.kill(signal);
    await gone;
  };
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
  await restart();
  return {
    port,
    webSocketUrl: `ws://${HOST}:${webSocketPort}`,
    adminUrl: open ? `nats://${HOST}:${port}` : systemUrl({ host: HOST, port }, operator),
    secrets,
    directory,
    env: entry(),
    entry,
    configuration: { file, text },
    serverLog: () => output,
    signal: (name) => void child?.kill(name),
    halt: (how) => halt(how === "stop" ? "SIGTERM" : "SIGKILL"),
    restart,
    dispose: async () => {
      await halt("SIGKILL");
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
