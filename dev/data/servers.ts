/**
 * Where servers keep their data. They may run as a user who cannot enter the checkout (a clone under /root).
 * Then their folders are under /var/lib, and the data directory holds a link.
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { DataPaths } from "../paths.ts";
import type { SystemUser } from "../process/users.ts";

const OUTSIDE_ROOT = "/var/lib/instanode";
const OWNER_FILE = ".instanode-data";
/** Other users may enter but not list it: each server has its own folder below it, which only its user may enter. */
const FOLDER_MODE = 0o711;
const OTHERS_MAY_PASS = 0o001;
const GROUP_MAY_PASS = 0o010;
const OWNER_MAY_PASS = 0o100;

/** The folder for servers, made when it is missing, owned by `user`. */
export function serversFolder(paths: DataPaths, user: SystemUser | undefined): string {
  if (!existsSync(paths.servers)) makeServersFolder(paths, user);
  const folder = existingTarget(paths.servers);
  chmodSync(folder, FOLDER_MODE);
  return folder;
}

/** Deletes the folder. A folder outside the data directory is deleted only when it names this data directory as its owner. */
export function removeServersFolder(paths: DataPaths): void {
  const info = lstatSync(paths.servers, { throwIfNoEntry: false });
  if (info === undefined) return;
  if (info.isSymbolicLink()) {
    const outside = readlinkSync(paths.servers);
    const owner = join(outside, OWNER_FILE);
    const isOurs = existsSync(owner) && readFileSync(owner, "utf8").trim() === paths.dataDir;
    if (isOurs) rmSync(outside, { recursive: true });
  }
  rmSync(paths.servers, { recursive: true });
}

function makeServersFolder(paths: DataPaths, user: SystemUser | undefined): void {
  if (user === undefined || mayPass(paths.dataDir, user)) {
    mkdirSync(paths.servers, { mode: FOLDER_MODE });
    if (user !== undefined) chownSync(paths.servers, user.uid, user.gid);
    return;
  }
  const outside = outsideFolder(paths.dataDir);
  mkdirSync(outside, { recursive: true, mode: 0o755 });
  chownSync(outside, user.uid, user.gid);
  writeFileSync(join(outside, OWNER_FILE), `${paths.dataDir}\n`);
  rmSync(paths.servers, { force: true });
  symlinkSync(outside, paths.servers);
}

/** Named after the data directory, so that two checkouts never share one. */
const outsideFolder = (dataDir: string): string => join(OUTSIDE_ROOT, createHash("sha256").update(dataDir).digest("hex").slice(0, 16));

const existingTarget = (path: string): string => (lstatSync(path).isSymbolicLink() ? readlinkSync(path) : path);

/** Whether `user` may reach what lies in `folder`: the execute bit of it and of every folder above. */
export function mayPass(folder: string, user: SystemUser): boolean {
  const { mode, uid, gid } = statSync(folder);
  const bit = uid === user.uid ? OWNER_MAY_PASS : gid === user.gid ? GROUP_MAY_PASS : OTHERS_MAY_PASS;
  if ((mode & bit) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || mayPass(parent, user);
}
