/** Sets what a tenant may do; open sessions feel it with their next command. Its size is not limited by Redis: see watch.ts. */
import type { Access } from "../../../contract/jobs.ts";
import type { RedisServer } from "./server.ts";
import { accessOf, changeAccess, endSessions } from "./users.ts";

/** @throws Forgotten */
export async function limitTenant(server: RedisServer, name: string, access: Access): Promise<void> {
  await accessOf(server, name);
  await changeAccess(server, name, access);
  if (access === "none") await endSessions(server, name);
}
