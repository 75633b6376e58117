/** Locks between programs of this machine: a file that names its holder. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { SetupError } from "../setup-error.ts";

const TRIES = 3;

const holderSchema = z.object({ pid: z.number().int(), startedAt: z.string() });

/** Takes the lock; the returned function releases it. A lock whose program has ended is ignored. @throws LockedError */
export function takeLock(file: string): () => void {
  const mine = JSON.stringify({ pid: process.pid, startedAt: processStart(process.pid) });
  for (let tries = 0; tries < TRIES; tries++) {
    if (writeNew(file, mine)) return () => rmSync(file, { force: true });
    const holder = livingHolder(file);
    if (holder !== undefined) throw new LockedError(file, holder);
    rmSync(file, { force: true });
  }
  throw new LockedError(file, undefined);
}

export class LockedError extends Error {
  readonly holder: number | undefined;

  constructor(file: string, holder: number | undefined) {
    super(`${file} is held by ${holder === undefined ? "a quicker program" : `process ${holder}`}`);
    this.name = "LockedError";
    this.holder = holder;
  }
}

/** One stack per data directory. @throws SetupError */
export function lockDataDirectory(dataDir: string): () => void {
  try {
    return takeLock(join(dataDir, "lock.json"));
  } catch (cause) {
    if (!(cause instanceof LockedError)) throw cause;
    const holder = cause.holder ?? "unknown";
    throw new SetupError(`Another stack runs in ${dataDir} (process ${holder}).`, [
      `Stop it first: kill ${holder}`,
      "or give this one a place and a port of its own: npm start -- --data-dir DIR --port PORT",
    ]);
  }
}

function writeNew(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

function livingHolder(file: string): number | undefined {
  try {
    const { pid, startedAt } = holderSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    process.kill(pid, 0);
    return processStart(pid) === startedAt ? pid : undefined;
  } catch {
    return undefined;
  }
}

const STAT_FIELD_STARTTIME = 19;

/** Tells a process apart from a later one with the same number. Empty where the system has no /proc. */
function processStart(pid: number): string {
  try {
    // The name in parentheses may hold spaces: fields are counted after it (proc(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(") ") + 2).split(" ");
    return fields[STAT_FIELD_STARTTIME] ?? "";
  } catch {
    return "";
  }
}
