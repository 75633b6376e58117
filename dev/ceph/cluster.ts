/** Makes a cluster's folders, keys and stores, once. What an interrupted first start left is replaced. */
import { randomUUID } from "node:crypto";
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HOST } from "../ports.ts";
import { run } from "../process/run.ts";
import type { SystemUser } from "../process/users.ts";
import { type CephSettings, cephConfiguration, configurationFile, diskDirectory, keyringFile, monitorDirectory } from "./configuration.ts";
import type { CephPrograms } from "./programs.ts";

const TOOL_TIMEOUT_MS = 60_000;
const PRIVATE = 0o700;
const PRIVATE_FILE = 0o600;
/** Written when the disk is made. Without it, the files of the cluster can be deleted. */
const MADE = "made";

/** What each of them may do, as Ceph wants it. */
const KEYS: readonly [name: string, capabilities: readonly string[]][] = [
  ["mon.", ["mon", "allow *"]],
  ["client.admin", ["mon", "allow *", "osd", "allow *"]],
  ["osd.0", ["mon", "allow profile osd", "osd", "allow *"]],
  ["client.rgw", ["mon", "allow rwx", "osd", "allow rwx"]],
];

export type Cluster = {
  /** Runs one of Ceph's tools as the user the servers run as. */
  tool(name: keyof CephPrograms, args: readonly string[], input?: string): Promise<string>;
  isMade(): boolean;
  /** Before the monitor can run for the first time. */
  makeMonitor(): Promise<void>;
  /** When it runs, before the disk can. */
  makeDisk(): Promise<void>;
};

/** Writes the configuration again, because ports may have changed since the last start. */
export function cluster(settings: CephSettings, programs: CephPrograms, user: SystemUser | undefined): Cluster {
  const { directory } = settings;
  const own = (path: string): void => {
    if (user !== undefined) chownSync(path, user.uid, user.gid);
  };
  const write = (file: string, text: string): void => {
    writeFileSync(file, text, { mode: PRIVATE_FILE });
    own(file);
  };
  const makeFolder = (path: string): void => {
    mkdirSync(path, { recursive: true, mode: PRIVATE });
    own(path);
  };
  const tool: Cluster["tool"] = (name, args, input) =>
    run(programs[name], args, {
      purpose: "object storage (Ceph)",
      timeoutMs: TOOL_TIMEOUT_MS,
      cwd: directory,
      env: { HOME: directory, CEPH_CONF: configurationFile(directory) },
      user,
      ...(input === undefined ? {} : { input }),
    });
  makeFolder(directory);
  write(configurationFile(directory), cephConfiguration(settings));
  return {
    tool,
    isMade: () => existsSync(join(directory, MADE)),
    async makeMonitor() {
      for (const path of [monitorDirectory(directory), diskDirectory(directory), keyringFile(directory)])
        rmSync(path, { recursive: true, force: true });
      for (const path of [monitorDirectory(directory), diskDirectory(directory)]) makeFolder(path);
      const keyring = keyringFile(directory);
      await tool("ceph-authtool", ["--create-keyring", keyring]);
      for (const [name, capabilities] of KEYS)
        await tool("ceph-authtool", [keyring, "--gen-key", "-n", name, ...pairs(capabilities).flatMap((pair) => ["--cap", ...pair])]);
      const map = join(directory, "monmap");
      const id = randomUUID();
      const address = `[v2:${HOST}:${settings.monitorPort}]`;
      await tool("monmaptool", ["--create", "--clobber", "--addv", "a", address, "--fsid", id, map]);
      await tool("ceph-mon", ["--mkfs", "-i", "a", "--fsid", id, "--monmap", map, "--keyring", keyring]);
    },
    async makeDisk() {
      await tool("ceph", ["--connect-timeout", "30", "auth", "import", "-i", keyringFile(directory)]);
      const id = randomUUID();
      await tool("ceph", ["osd", "new", id, "0"]);
      await tool("ceph-osd", ["-i", "0", "--mkfs", "--osd-uuid", id]);
      write(join(directory, MADE), "");
    },
  };
}

function pairs(texts: readonly string[]): string[][] {
  return Array.from({ length: texts.length / 2 }, (_, index) => texts.slice(2 * index, 2 * index + 2));
}
