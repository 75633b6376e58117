/**
 * Build logs: one file for each operation that builds, `<folder>/<service>/<release>.<operation>.log`. Each line has a sequence number and
 * a time, and is written as it comes. The newest five files of a service are kept.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { RELEASES_KEPT } from "../../../contract/deploys.ts";
import type { Clock } from "../../ports/clock.ts";
import { type BuildLogWriter, openWriter } from "./build-log-writer.ts";

const RELEASE_DIGITS = 10;
const FILE_NAME = /^(\d{10})\.([0-9a-f-]{36})\.log$/;

export type BuildRef = { serviceId: string; operationId: string; release: number };

export interface BuildLogs {
  /** Goes on after the last line of an earlier try. Older files of the service beyond the kept ones are removed. */
  open(ref: BuildRef): Promise<BuildLogWriter>;
  /** The file of the named operation's build, or of the newest; null when there is none. */
  find(serviceId: string, operationId: string | null): Promise<string | null>;
  /** Removes all logs of the service. */
  drop(serviceId: string): Promise<void>;
}

export function createBuildLogs({ folder, clock }: { folder: string; clock: Clock }): BuildLogs {
  const folderOf = (serviceId: string) => join(folder, serviceId);

  /** The newest first. */
  async function filesOf(serviceId: string): Promise<string[]> {
    const names = await readdir(folderOf(serviceId)).catch(() => []);
    return names
      .filter((name) => FILE_NAME.test(name))
      .sort()
      .reverse();
  }

  return {
    async open({ serviceId, operationId, release }) {
      await mkdir(folderOf(serviceId), { recursive: true });
      const name = `${String(release).padStart(RELEASE_DIGITS, "0")}.${operationId}.log`;
      const others = (await filesOf(serviceId)).filter((other) => other !== name);
      await Promise.all(others.slice(RELEASES_KEPT - 1).map((other) => rm(join(folderOf(serviceId), other), { force: true })));
      return openWriter(join(folderOf(serviceId), name), clock);
    },
    async find(serviceId, operationId) {
      const found = (await filesOf(serviceId)).find((name) => operationId === null || FILE_NAME.exec(name)?.[2] === operationId);
      return found === undefined ? null : join(folderOf(serviceId), found);
    },
    drop: (serviceId) => rm(folderOf(serviceId), { recursive: true, force: true }),
  };
}
