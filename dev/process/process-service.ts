/** A service that is one process. The files in services/ share this. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { ProgressSink } from "../progress.ts";
import type { Service } from "../service.ts";
import { SetupError } from "../setup-error.ts";
import { until } from "../time.ts";
import type { ProcessSpec } from "./spawn.ts";
import { type StopStep, supervise } from "./supervise.ts";

const PROBE_INTERVAL_MS = 25;
const LOG_TAIL_BYTES = 3_000;
const LOG_TAIL_LINES = 15;

/** The options of every service. */
export interface Surroundings {
  logsDir: string;
  restartCrashed: boolean;
  log: ProgressSink;
}

export interface ProcessServiceOptions {
  name: string;
  spec: (logFile: string) => ProcessSpec;
  before?: () => Promise<void>;
  /** Throws until the service answers. */
  probe: () => Promise<void>;
  readyTimeoutMs: number;
  stopSteps: readonly StopStep[];
}

export type Running = Pick<Service, "start" | "ready" | "stop" | "pid" | "kill">;

export function processService(options: ProcessServiceOptions, surroundings: Surroundings): Running {
  const { name, spec, before, probe, readyTimeoutMs, stopSteps } = options;
  const { log, restartCrashed, logsDir } = surroundings;
  const logFile = join(logsDir, `${name}.log`);
  const process = supervise({ name, spec: () => spec(logFile), before, stopSteps, restartCrashed, log });
  return {
    start: process.start,
    stop: process.stop,
    pid: process.pid,
    kill: process.kill,
    async ready() {
      const attempt = async (): Promise<void> => {
        if (process.ended() === undefined) await probe();
      };
      const hopeless = (): boolean => process.ended() !== undefined;
      await until(attempt, { timeoutMs: readyTimeoutMs, intervalMs: PROBE_INTERVAL_MS, hopeless }).catch((cause: unknown) => {
        throw new SetupError(`${name} did not become ready within ${readyTimeoutMs / 1000} s.`, logEnd(logFile), { cause });
      });
      const how = process.ended();
      if (how !== undefined) throw new SetupError(`${name} ended at once (${how}).`, logEnd(logFile));
      process.settled();
    },
  };
}

/** The last lines of a log, for an error message. */
export function logEnd(file: string): string[] {
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    const buffer = Buffer.alloc(Math.min(size, LOG_TAIL_BYTES));
    readSync(handle, buffer, 0, buffer.length, Math.max(0, size - LOG_TAIL_BYTES));
    return [`The end of ${file}:`, ...buffer.toString("utf8").trimEnd().split("\n").slice(-LOG_TAIL_LINES)];
  } finally {
    closeSync(handle);
  }
}
