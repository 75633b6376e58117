/** Gives a tenant another password. Sessions opened with the old one end too: a leaked URL is worth nothing afterwards. */
import type { Access } from "../../../contract/jobs.ts";
import type { Tenant } from "../engine.ts";
import { proveReady } from "./ready.ts";
import { type PostgresServer, withAdmin } from "./server.ts";
import { endSessions } from "./sessions.ts";
import { lockTenant, setPassword, unlockTenant } from "./sql.ts";

/** Sets the verifier of the new password, ends the tenant's sessions, and connects with the new one unless access is `none`. */
export async function rotateTenant(server: PostgresServer, tenant: Tenant & { access: Access }): Promise<void> {
  const statement = await setPassword(server.random, tenant);
  await withAdmin(server, async (client) => {
    await client.query(lockTenant(tenant.name));
    await client.query(statement);
    await endSessions(client, tenant.name);
    await client.query(unlockTenant(tenant.name));
  });
  if (tenant.access !== "none") await proveReady(server, tenant);
}
