/** The three processes of a cluster. The kernel ends them together with the program that started them. */
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Surroundings } from "../process/process-service.ts";
import { type StopStep, type Supervised, supervise } from "../process/supervise.ts";
import type { SystemUser } from "../process/users.ts";
import { configurationFile } from "./configuration.ts";
import type { CephPrograms } from "./programs.ts";

const GATEWAY_STOP: readonly StopStep[] = [{ signal: "SIGTERM", waitMs: 3_000 }];
const STORE_STOP: readonly StopStep[] = [{ signal: "SIGTERM", waitMs: 10_000 }];

export type Daemons = { monitor: Supervised; disk: Supervised; gateway: Supervised };

export function cephDaemons(
  directory: string,
  programs: CephPrograms,
  user: SystemUser | undefined,
  { logsDir, restartCrashed, log }: Surroundings,
): Daemons {
  const daemon = (part: string, command: string, args: readonly string[], stopSteps: readonly StopStep[]): Supervised =>
    supervise({
      name: `object-store ${part}`,
      spec: () => ({
        command,
        args: ["-c", configurationFile(directory), ...args, "-f"],
        env: { PATH: process.env.PATH ?? "", LC_ALL: "C", HOME: directory },
        cwd: directory,
        user,
        logFile: logFileOf(logsDir, part),
        // Stored data survives SIGKILL, and a gateway whose disk ended first would wait for the disk.
        orphanSignal: "KILL",
      }),
      stopSteps,
      restartCrashed,
      log,
    });
  return {
    monitor: daemon("monitor", programs["ceph-mon"], ["-i", "a"], STORE_STOP),
    disk: daemon("disk", programs["ceph-osd"], ["-i", "0"], STORE_STOP),
    gateway: daemon("gateway", programs.radosgw, ["-n", "client.rgw"], GATEWAY_STOP),
  };
}

/** Created when missing, so that the end of the log can always be shown. */
export function logFileOf(logsDir: string, part: string): string {
  const file = join(logsDir, `object-store-${part}.log`);
  closeSync(openSync(file, "a", 0o600));
  return file;
}
