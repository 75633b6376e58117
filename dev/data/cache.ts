/** The folder of what was downloaded or prepared, shared by all stacks of this machine. */
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { SystemUser } from "../process/users.ts";
import { mayPass } from "./servers.ts";

/** For a server whose user may not enter the home folder of the user who starts it (root's). */
const OUTSIDE_HOME = "/var/cache/instanode";

/** The user's cache, or one beside it that `user` may read. */
export function cacheFolder(user: SystemUser | undefined): string {
  const own = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "instanode");
  mkdirSync(own, { recursive: true });
  if (user === undefined || mayPass(own, user)) return own;
  mkdirSync(OUTSIDE_HOME, { recursive: true, mode: 0o755 });
  return OUTSIDE_HOME;
}
