/**
 * The processes of one build under Podman. They are in a control group of the build's own: it bounds their number, and through it the
 * bridge ends a RUN step, which Podman lets run to its end when the build is broken off.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, wait } from "../../ports/clock.ts";
import type { ReleaseRef } from "../driver.ts";
import type { Names } from "./names.ts";

const CGROUPS = "/sys/fs/cgroup";
/** Version 1 of control groups has one tree for each kind of limit. */
const PIDS_TREE = join(CGROUPS, "pids");
const PROCESSES_MAX = 2_048;
const DEVICES = "/sys/class/net";
const END_TIMEOUT_MS = 15_000;
const END_INTERVAL_MS = 25;
/** The runtime makes and removes a group for each RUN step, below the build's. */
const STEP = "run";

export type BuildProcesses = {
  /** @returns the control group that RUN steps are to run in */
  begin(build: ReleaseRef): Promise<string>;
  /** The ids of those that run now. */
  running(build: ReleaseRef): Promise<number[]>;
  /** Ends them. Resolves when the engine has taken their network down. Idempotent. */
  end(build: ReleaseRef): Promise<void>;
};

export function createBuildProcesses(names: Names, clock: Clock): BuildProcesses {
  const untilGone = async (isGone: () => Promise<boolean>): Promise<void> => {
    const begun = clock.elapsedMs();
    while (!(await isGone())) {
      if (clock.elapsedMs() - begun > END_TIMEOUT_MS) throw new Error("the processes of a build that was broken off do not end");
      await wait(clock, END_INTERVAL_MS);
    }
  };
  return {
    async begin(build) {
      const group = names.buildGroup(build);
      await boundProcesses(group);
      return join(group, STEP);
    },
    running: (build) => pidsIn(join(names.buildGroup(build), STEP)),
    async end(build) {
      const group = names.buildGroup(build);
      await untilGone(() => killAll(join(group, STEP)));
      await untilGone(async () => !existsSync(join(DEVICES, names.interfaceOf(names.buildNetwork(build)))));
      await removeGroup(group);
    },
  };
}

async function boundProcesses(group: string): Promise<void> {
  const hasTrees = existsSync(PIDS_TREE);
  const folder = join(hasTrees ? PIDS_TREE : CGROUPS, group);
  await mkdir(folder, { recursive: true });
  if (!hasTrees) for (const parent of ["", join(group, "..")]) await writeFile(join(CGROUPS, parent, "cgroup.subtree_control"), "+pids");
  await writeFile(join(folder, "pids.max"), String(PROCESSES_MAX));
}

async function pidsIn(group: string): Promise<number[]> {
  const folder = join(existsSync(PIDS_TREE) ? PIDS_TREE : CGROUPS, group);
  const text = await readFile(join(folder, "cgroup.procs"), "utf8").catch(() => "");
  return text
    .split("\n")
    .map(Number)
    .filter((pid) => pid > 1);
}

/** @returns whether there was none */
async function killAll(group: string): Promise<boolean> {
  const pids = await pidsIn(group);
  for (const pid of pids) kill(pid);
  return pids.length === 0;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

async function removeGroup(group: string): Promise<void> {
  const trees = existsSync(PIDS_TREE) ? await readdir(CGROUPS) : [""];
  for (const tree of trees) for (const name of [join(group, STEP), group]) await rmdir(join(CGROUPS, tree, name)).catch(() => undefined);
}
