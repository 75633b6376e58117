/** PostgreSQL's programs on this machine. */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { isExecutable, onPath } from "../process/on-path.ts";
import { run } from "../process/run.ts";

export const OLDEST_MAJOR = 15;

const DEBIAN_ROOT = "/usr/lib/postgresql";
const VERSION_TIMEOUT_MS = 10_000;

export interface PostgresBinaries {
  /** Folder of `postgres` and `initdb`. */
  bin: string;
  major: number;
}

/** The programs on the PATH, else Debian's newest; null when none is new enough. */
export async function findBinaries(): Promise<PostgresBinaries | null> {
  for (const bin of candidateFolders()) {
    const major = await majorVersion(bin);
    if (major !== null && major >= OLDEST_MAJOR) return { bin, major };
  }
  return null;
}

function candidateFolders(): string[] {
  const first = onPath("postgres");
  const debian = existsSync(DEBIAN_ROOT) ? readdirSync(DEBIAN_ROOT).sort((a, b) => Number(b) - Number(a)) : [];
  return [...(first === undefined ? [] : [dirname(realpathSync(first))]), ...debian.map((major) => join(DEBIAN_ROOT, major, "bin"))];
}

async function majorVersion(bin: string): Promise<number | null> {
  if (!isExecutable(join(bin, "postgres")) || !isExecutable(join(bin, "initdb"))) return null;
  const text = await run(join(bin, "postgres"), ["--version"], { purpose: "PostgreSQL's version", timeoutMs: VERSION_TIMEOUT_MS });
  const major = /\(PostgreSQL\) (\d+)/.exec(text)?.[1];
  return major === undefined ? null : Number(major);
}
