/** Runs a program to its end. */
import { execa } from "execa";
import { SetupError } from "../setup-error.ts";
import type { SystemUser } from "./users.ts";

const SHOWN_LINES = 15;

export interface RunOptions {
  timeoutMs: number;
  cwd?: string;
  env?: Record<string, string>;
  /** Run as this user instead of the current one (root only). */
  user?: SystemUser | undefined;
  /** The failure in words, for an error message. */
  purpose: string;
  /** Its standard input; empty when left out. */
  input?: string;
}

/** Its standard output. @throws SetupError with the end of what it printed */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { user, purpose, timeoutMs, cwd = "/", env = {}, input } = options;
  const identity = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  const result = await execa(command, [...args], {
    cwd,
    env,
    ...identity,
    timeout: timeoutMs,
    ...(input === undefined ? { stdin: "ignore" } : { input }),
    all: true,
    reject: false,
  });
  if (!result.failed) return result.stdout;
  const printed = (result.all ?? "").split("\n").slice(-SHOWN_LINES);
  const reason = result.timedOut
    ? `took longer than ${timeoutMs / 1000} s`
    : `failed (${result.exitCode ?? result.signal ?? result.shortMessage})`;
  throw new SetupError(`${purpose}: ${command} ${reason}.`, printed);
}
