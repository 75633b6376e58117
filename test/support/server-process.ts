/** The process of a server that a test starts by itself, stops or kills, and starts again on the same data. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { until } from "../../dev/time.ts";

const START = { timeoutMs: 30_000, intervalMs: 20 };
const LOG_CHARACTERS = 400_000;

export type ServerProcess = {
  /** Starts it and waits until it answers. @throws Error that holds its log */
  start(): Promise<void>;
  /** Ends it, if it runs, and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** Sends a signal that does not end it. */
  signal(name: NodeJS.Signals): void;
  /** The last it has said. */
  log(): string;
};

type Program = { file: string; args: readonly string[]; options?: Pick<SpawnOptions, "cwd" | "argv0" | "uid" | "gid"> };

/** @param answers throws while the server does not let a client in */
export function serverProcess(name: string, { file, args, options = {} }: Program, answers: () => Promise<void>): ServerProcess {
  let output = "";
  let child: ChildProcess | undefined;
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-LOG_CHARACTERS);
  };
  return {
    async start() {
      const started = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
      for (const stream of [started.stdout, started.stderr]) stream.on("data", keep);
      child = started;
      await until(answers, { ...START, hopeless: () => started.exitCode !== null }).catch((cause: unknown) => {
        throw new Error(`${name} did not start:\n${output}`, { cause });
      });
    },
    async end(signal) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      // "close", not "exit": what a killed PostgreSQL has forked holds its stderr, and while one of those lives no other starts on its data.
      const gone = once(child, "close");
      child.kill(signal);
      await gone;
    },
    signal: (signal) => void child?.kill(signal),
    log: () => output,
  };
}
