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
  const user = findUser(name);
  if (user === undefined) {
    throw new SetupError(`PostgreSQL refuses to run as root, and there is no user "${name}".`, [`adduser --system --group ${name}`]);
  }
  return user;
}

/** The user for servers that would run as root but need not: the one PostgreSQL runs as where there is one, so that they share a folder. */
export function unprivilegedUser(): SystemUser | undefined {
  return isRoot() ? (findUser("postgres") ?? findUser("nobody")) : undefined;
}

function findUser(name: string): SystemUser | undefined {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  return uid === undefined || gid === undefined ? undefined : { name, uid: Number(uid), gid: Number(gid) };
}
