/** What really exists: on the tenants' server, in the registry, in the platform database. */
import { z } from "zod";
import { TEMPLATE_NAME } from "../../provisioner-bridge/engines/postgres/template.ts";
import type { FaultyStack } from "./stack.ts";

const namesSchema = z.array(z.object({ name: z.string() })).transform((rows) => rows.map((row) => row.name));
const tenantsSchema = z.array(z.object({ resource_id: z.uuid(), name: z.string().nullable(), state: z.string() }));
const rowsSchema = z.array(z.object({ id: z.uuid(), status: z.string() }));

export type World = {
  /** All of them, marked as ours or not, but for the server's own and the template. */
  databases: string[];
  roles: string[];
  /** Every tenant of the registry, tombstones too. */
  tenants: z.infer<typeof tenantsSchema>;
  /** Every row of the platform database. */
  rows: z.infer<typeof rowsSchema>;
  quarantined: string[];
};

export async function readWorld({ tenants, registry, platform }: FaultyStack): Promise<World> {
  const [databases, roles, registered, rows, quarantined] = await Promise.all([
    tenants.query("SELECT datname AS name FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1', $1)", [
      TEMPLATE_NAME,
    ]),
    tenants.query("SELECT rolname AS name FROM pg_roles WHERE NOT rolsuper AND rolname NOT LIKE 'pg\\_%'"),
    registry.query("SELECT resource_id, name, state FROM tenants WHERE resource_id IS NOT NULL"),
    platform.query("SELECT id, status FROM resources"),
    registry.query("SELECT name FROM quarantine"),
  ]);
  return {
    databases: namesSchema.parse(databases.rows),
    roles: namesSchema.parse(roles.rows),
    tenants: tenantsSchema.parse(registered.rows),
    rows: rowsSchema.parse(rows.rows),
    quarantined: namesSchema.parse(quarantined.rows),
  };
}
