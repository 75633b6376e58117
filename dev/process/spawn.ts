/** Starts a long-running process so that it never outlives the program that started it. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { hasSetpriv } from "./on-path.ts";
import type { SystemUser } from "./users.ts";

export interface ProcessSpec {
  command: string;
  args: readonly string[];
  /** The whole environment: nothing is inherited from the caller. */
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Run as this user instead of the current one (root only). */
  user?: SystemUser | undefined;
  /** Both output streams are appended to it. */
  logFile: string;
  /** What the kernel sends when this program dies without stopping it (Linux). */
  orphanSignal: "TERM" | "INT" | "KILL";
}

/**
 * `setpriv` replaces itself with the program (exec), so the pid is the server's own. The process has a session of its own, so that
 * a terminal's Ctrl-C does not reach it and this program controls the order of stopping.
 */
export function spawnProcess(spec: ProcessSpec): ChildProcess {
  const [command, ...args] = commandLine(spec);
  const log = openSync(spec.logFile, "a", 0o600);
  try {
    return spawn(command, args, { cwd: spec.cwd, env: spec.env, detached: true, stdio: ["ignore", log, log] });
  } finally {
    closeSync(log);
  }
}

function commandLine({ command, args, user, orphanSignal }: ProcessSpec): [string, ...string[]] {
  if (!hasSetpriv()) {
    if (user !== undefined) return ["su", "-s", "/bin/sh", user.name, "-c", 'exec "$0" "$@"', "--", command, ...args];
    return [command, ...args];
  }
  const identity = user === undefined ? [] : ["--reuid", String(user.uid), "--regid", String(user.gid), "--init-groups"];
  return ["setpriv", ...identity, "--pdeathsig", orphanSignal, "--", command, ...args];
}
