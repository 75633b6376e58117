/** The user servers run as: never root. */
import { readFileSync } from "node:fs";
import { SetupError } from "../setup-error.ts";

export interface SystemUser {
  name: string;
  uid: number;
  gid: number;
}

export const isRoot = (): boolean => process.getuid?.() === 0;

/** The user for servers that refuse root: undefined means "the current one". @throws SetupError when root has no such user */
export function serverUser(name: string): SystemUser | undefined {
  if (!isRoot()) return undefined;
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined) {
    throw new SetupError(`Servers do not run as root, and there is no user "${name}".`, [`adduser --system --group ${name}`]);
  }
  return { name, uid: Number(uid), gid: Number(gid) };
}

/** Users for a server that needs no user of its own. Where we run as root, PostgreSQL's user exists already. */
const UNPRIVILEGED = ["postgres", "nobody"];

/** A user for other servers: undefined means "the current one". @throws SetupError when root has none */
export function unprivilegedUser(): SystemUser | undefined {
  if (!isRoot()) return undefined;
  const known = readFileSync("/etc/passwd", "utf8");
  return serverUser(UNPRIVILEGED.find((name) => known.includes(`\n${name}:`)) ?? "nobody");
}
