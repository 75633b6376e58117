/** Sets how many connections a tenant may hold. Sessions above a lowered limit go on until they end by themselves. */
import { escapeIdentifier } from "pg";
import type { TenantLimits } from "../../../contract/jobs.ts";
import { type PostgresServer, withAdmin } from "./server.ts";
import { connectionLimit } from "./sql.ts";

export async function limitTenant(server: PostgresServer, name: string, limits: TenantLimits): Promise<void> {
  await withAdmin(server, (client) => client.query(`ALTER ROLE ${escapeIdentifier(name)} ${connectionLimit(limits.connections)}`));
}
