/** Redis's server on this machine. */
import { existsSync, lstatSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { onPath } from "../process/on-path.ts";

export const OLDEST_MAJOR = 7;
const NAME = "redis-server";
/** Debian's server and its check of a dump are one program, which acts by the name it is started with. The tools' package has it. */
const DEBIANS_NAME = "redis-check-rdb";
const VERSION_TIMEOUT_MS = 10_000;

/** The program's file, under either name; null when none is new enough. */
export async function findProgram(): Promise<string | null> {
  for (const name of [NAME, DEBIANS_NAME]) {
    const file = onPath(name);
    if (file !== undefined && (await majorVersion(file)) >= OLDEST_MAJOR) return file;
  }
  return null;
}

async function majorVersion(file: string): Promise<number> {
  const { stdout } = await execa(file, ["--version"], { argv0: NAME, timeout: VERSION_TIMEOUT_MS, reject: false });
  return Number(/^Redis server v=(\d+)\./m.exec(stdout)?.[1] ?? 0);
}

/** A path in `directory` under which `program` is the server. */
export function serverProgram(program: string, directory: string): string {
  const link = join(directory, NAME);
  if (existsSync(link) || lstatSync(link, { throwIfNoEntry: false }) !== undefined) rmSync(link);
  symlinkSync(program, link);
  return link;
}
