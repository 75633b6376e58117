/** The directory of one PostgreSQL cluster. Makes it completely or not at all, and ends processes of dead servers. */
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../process/run.ts";
import type { SystemUser } from "../process/users.ts";
import { SetupError } from "../setup-error.ts";
import { until } from "../time.ts";
import type { PostgresBinaries } from "./binaries.ts";
import { copySeed } from "./cluster-seed.ts";

export const SUPERUSER = "postgres";

/** All of Unicode, ordered by code point: the same on every machine that has it. */
const LOCALE = process.platform === "linux" ? "C.UTF-8" : "en_US.UTF-8";
const INITDB_TIMEOUT_MS = 120_000;
/** A dead postmaster's children notice within milliseconds; one that writes a large buffer takes longer. */
const LEFTOVER_PATIENCE_MS = 8_000;
const LEFTOVER_KILL_MS = 5_000;
const LEFTOVER_INTERVAL_MS = 20;

export interface ClusterPlan {
  directory: string;
  binaries: PostgresBinaries;
  user: SystemUser | undefined;
  superuserPassword: string;
  /** False: its files are not forced to disk. */
  durable: boolean;
}

/** Makes the cluster unless it is there. One that need not be durable is a copy: tests make dozens of them. */
export async function makeCluster(plan: ClusterPlan): Promise<void> {
  const { directory, binaries, user, superuserPassword, durable } = plan;
  if (existsSync(join(directory, "PG_VERSION"))) return refuseOtherMajor(directory, binaries.major);
  const draft = `${directory}.new`;
  rmSync(draft, { recursive: true, force: true });
  if (durable) await initialise(plan, draft);
  else await copySeed({ binaries, user, superuser: SUPERUSER, initialise: (seed) => initialise(plan, seed) }, draft, superuserPassword);
  renameSync(draft, directory);
}

async function initialise({ binaries, user, superuserPassword, durable }: ClusterPlan, directory: string): Promise<void> {
  const passwordFile = `${directory}.password`;
  mkdirSync(directory, { mode: 0o700 });
  writeFileSync(passwordFile, `${superuserPassword}\n`, { mode: 0o600 });
  if (user !== undefined) for (const path of [directory, passwordFile]) chownSync(path, user.uid, user.gid);
  try {
    const identity = ["-U", SUPERUSER, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
    await run(
      join(binaries.bin, "initdb"),
      ["-D", directory, ...identity, "--encoding=UTF8", `--locale=${LOCALE}`, "--no-instructions", ...(durable ? [] : ["--no-sync"])],
      {
        purpose: "A new PostgreSQL cluster",
        timeoutMs: INITDB_TIMEOUT_MS,
        cwd: "/",
        user,
      },
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function refuseOtherMajor(directory: string, major: number): void {
  const made = readFileSync(join(directory, "PG_VERSION"), "utf8").trim();
  if (made === String(major)) return;
  throw new SetupError(`${directory} was made by PostgreSQL ${made}, and ${major} is what runs here.`, [
    `Install PostgreSQL ${made} again, or start afresh: npm start -- --reset`,
  ]);
}

/**
 * Waits until no process of an earlier server uses `directory`, and ends those that stay. A new postmaster refuses to start
 * beside a dead one's children, because they still hold its shared memory.
 */
export async function clearLeftovers(directory: string): Promise<void> {
  const gone = (): void => {
    if (processesIn(directory).length > 0) throw new Error(`an earlier server still lives in ${directory}`);
  };
  const wait = (timeoutMs: number): Promise<void> => until(gone, { timeoutMs, intervalMs: LEFTOVER_INTERVAL_MS });
  await wait(LEFTOVER_PATIENCE_MS).catch(() => {
    for (const pid of processesIn(directory)) process.kill(pid, "SIGKILL");
    return wait(LEFTOVER_KILL_MS);
  });
  // No server runs here. The pid in the file may belong to another process by now, which would stop PostgreSQL from starting.
  rmSync(join(directory, "postmaster.pid"), { force: true });
}

/** PostgreSQL's processes have the cluster as their working directory. Empty where the system has no /proc. */
function processesIn(directory: string): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => workingDirectory(pid) === directory)
    .map(Number);
}

function workingDirectory(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
