/**
 * Sets what a tenant may use and do. Connections: sessions above a lowered limit go on until they end by themselves. Access: a cut
 * ends every session, so that none goes on under the old rule. docs/limits.md says what `read_only` can and cannot hold.
 */
import { escapeIdentifier } from "pg";
import type { Access, TenantLimits } from "../../../contract/jobs.ts";
import { type PostgresServer, withAdmin } from "./server.ts";
import { endSessions } from "./sessions.ts";
import { connectionLimit, lockTenant, unlockTenant } from "./sql.ts";

/**
 * `read_only`: transactions are read-only unless the tenant asks otherwise, which is its way back: it may then delete, truncate and
 * vacuum. `none`: no login. Doing it twice does it once.
 */
export async function limitTenant(server: PostgresServer, name: string, limits: TenantLimits, access: Access): Promise<void> {
  await withAdmin(server, async (client) => {
    await client.query(lockTenant(name));
    await client.query(accessStatements(name, limits, access));
    if (access !== "full") await endSessions(client, name);
    await client.query(unlockTenant(name));
  });
}

/** In one transaction. The setting is the role's in its database, which beats any the tenant has made for its role alone. */
function accessStatements(name: string, limits: TenantLimits, access: Access): string {
  const role = escapeIdentifier(name);
  const login = access === "none" ? "NOLOGIN" : "LOGIN";
  const setting = access === "full" ? "RESET default_transaction_read_only" : "SET default_transaction_read_only = on";
  return `ALTER ROLE ${role} ${login} ${connectionLimit(limits.connections)};ALTER ROLE ${role} IN DATABASE ${role} ${setting}`;
}
