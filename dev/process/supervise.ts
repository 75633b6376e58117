/** Keeps one process running: starts it, notices its end, starts it again with growing pauses, and ends it in bounded time. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import pTimeout from "p-timeout";
import type { ProgressSink } from "../progress.ts";
import { clock } from "../time.ts";
import { type ProcessSpec, spawnProcess } from "./spawn.ts";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
/** A process that ran this long has started. Its next crash begins with the first pause again. */
const HEALTHY_AFTER_MS = 1_000;

export interface StopStep {
  signal: NodeJS.Signals;
  waitMs: number;
}

export interface SupervisedOptions {
  name: string;
  /** Asked at every start. */
  spec: () => ProcessSpec;
  /** Runs before every start, also after a crash: removes what a dead predecessor left. */
  before?: (() => Promise<void>) | undefined;
  /** In order, the gentlest first. SIGKILL follows the last one automatically. */
  stopSteps: readonly StopStep[];
  restartCrashed: boolean;
  log: ProgressSink;
}

export interface Supervised {
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  pid(): number | undefined;
  /** From now on a crash is followed by a new start, if restarts are enabled. */
  settled(): void;
  /** How the process ended, once it has ended and is not started again. */
  ended(): string | undefined;
}

interface State {
  child: ChildProcess | undefined;
  stopping: AbortController;
  settled: boolean;
  ended: string | undefined;
  pauseMs: number;
}

export function supervise(options: SupervisedOptions): Supervised {
  const state: State = { child: undefined, stopping: new AbortController(), settled: false, ended: undefined, pauseMs: FIRST_PAUSE_MS };
  return {
    async start() {
      state.stopping = new AbortController();
      state.ended = undefined;
      state.settled = false;
      await launch(options, state);
    },
    async stop() {
      state.stopping.abort();
      await end(state.child, options.stopSteps);
    },
    kill(signal) {
      state.child?.kill(signal);
    },
    pid: () => state.child?.pid,
    settled() {
      state.settled = true;
    },
    ended: () => state.ended,
  };
}

async function launch(options: SupervisedOptions, state: State): Promise<void> {
  // A signal of its own: a stop and a new start during the pause must not start the process twice.
  const { signal: stopped } = state.stopping;
  await options.before?.();
  if (stopped.aborted) return;
  const startedMs = clock();
  const child = spawnProcess(options.spec());
  state.child = child;
  child.once("error", (error) => finish(error.message));
  child.once("exit", (code, signal) => finish(signal ?? `exit code ${code}`));

  function finish(how: string): void {
    if (state.child !== child) return;
    state.child = undefined;
    if (stopped.aborted) return;
    if (clock() - startedMs >= HEALTHY_AFTER_MS) state.pauseMs = FIRST_PAUSE_MS;
    if (options.restartCrashed && state.settled) void launchAgain(options, state, how);
    else state.ended = how;
  }
}

async function launchAgain(options: SupervisedOptions, state: State, how: string): Promise<void> {
  const { pauseMs, stopping } = state;
  state.pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  options.log({ kind: "note", subject: options.name, text: `ended (${how}); starts again in ${pauseMs} ms` });
  try {
    await delay(pauseMs, undefined, { signal: stopping.signal });
    await launch(options, state);
  } catch (cause) {
    if (stopping.signal.aborted) return;
    void launchAgain(options, state, cause instanceof Error ? cause.message : String(cause));
  }
}

async function end(child: ChildProcess | undefined, steps: readonly StopStep[]): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  for (const { signal, waitMs } of steps) {
    child.kill(signal);
    if (
      await pTimeout(
        exited.then(() => true),
        { milliseconds: waitMs, fallback: () => false },
      )
    )
      return;
  }
  child.kill("SIGKILL");
  await exited;
}
