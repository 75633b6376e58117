/**
 * How much a RUN step of a build has written. Podman gives a step no quota: its files are in the upper folder of an overlay, which the bridge
 * adds up while the step runs.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Clock } from "../../ports/clock.ts";
import { DriverFailure } from "../driver.ts";

const LOOK_EVERY_MS = 2_000;
const COUNT_TIMEOUT_MS = 20_000;
const MIB = 1_048_576;
const run = promisify(execFile);

export type DiskWatch = {
  /** Aborts when a step has written too much; its reason is a DriverFailure disk_full. */
  signal: AbortSignal;
  end(): void;
};

/** @param pids of the build's processes now @param limitMb of one RUN step */
export function watchBuildDisk(pids: () => Promise<number[]>, limitMb: number, clock: Clock): DiskWatch {
  const full = new AbortController();
  let isEnded = false;
  let cancel = () => {};
  const look = async (): Promise<void> => {
    const [pid] = await pids();
    const folder = pid === undefined ? null : await upperFolderOf(pid);
    if (folder !== null && (await bytesIn(folder)) > limitMb * MIB) {
      full.abort(new DriverFailure("disk_full", `a RUN step wrote more than ${limitMb} MB`));
    }
  };
  const lookLater = (): void => {
    // A step that ends meanwhile cannot be looked at.
    if (!isEnded)
      cancel = clock.after(
        LOOK_EVERY_MS,
        () =>
          void look()
            .catch(() => undefined)
            .finally(lookLater),
      );
  };
  lookLater();
  return {
    signal: full.signal,
    end() {
      isEnded = true;
      cancel();
    },
  };
}

/** Of the process's root file system, as this machine sees it; null when that is no overlay. */
async function upperFolderOf(pid: number): Promise<string | null> {
  const mounts = await readFile(`/proc/${pid}/mountinfo`, "utf8");
  const root = mounts.split("\n").find((line) => line.split(" ")[4] === "/" && line.includes(" - overlay "));
  return /\bupperdir=([^,\s]+)/.exec(root ?? "")?.[1] ?? null;
}

async function bytesIn(folder: string): Promise<number> {
  const { stdout } = await run("du", ["--summarize", "--block-size=1", "--one-file-system", folder], { timeout: COUNT_TIMEOUT_MS });
  return Number.parseInt(stdout, 10);
}
