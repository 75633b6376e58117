/** Shared by the two Node programs of the stack. */
import { ROOT } from "../paths.ts";
import type { ProcessSpec } from "./spawn.ts";

export const NODE_STOP_STEPS = [{ signal: "SIGTERM", waitMs: 10_000 }] as const;
export const NODE_READY_TIMEOUT_MS = 30_000;

const PROBE_TIMEOUT_MS = 2_000;

/** A program of this checkout, run with the same Node. From the caller's environment it gets only the PATH. */
export function nodeProcess(args: readonly string[], env: Readonly<Record<string, string>>, logFile: string): ProcessSpec {
  return {
    command: process.execPath,
    args,
    env: { PATH: process.env.PATH ?? "", NODE_ENV: "development", ...env },
    cwd: ROOT,
    logFile,
    orphanSignal: "TERM",
  };
}

/** Throws unless `url` answers with a success. */
export async function answersHttp(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}
