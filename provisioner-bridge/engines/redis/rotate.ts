/** Gives a tenant another password. Sessions opened with the old one end too: a leaked URL is worth nothing afterwards. */
import type { Tenant } from "../engine.ts";
import { proveReady } from "./ready.ts";
import type { RedisServer } from "./server.ts";
import { accessOf, changePassword, endSessions } from "./users.ts";

/** Sets the new password's hash, ends the tenant's sessions, and connects with the new one. @throws Forgotten */
export async function rotateTenant(server: RedisServer, tenant: Tenant): Promise<void> {
  const access = await accessOf(server, tenant.name);
  await changePassword(server, tenant);
  await endSessions(server, tenant.name);
  await proveReady(server, tenant, access);
}
