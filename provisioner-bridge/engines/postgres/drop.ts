/** Removes a tenant. The database goes before the role: the role's mark stays as long as anything of it does. */
import { escapeIdentifier, type PoolClient } from "pg";
import { z } from "zod";
import { type Point, runSteps, type Step } from "../../steps.ts";
import { hasCode, SQLSTATE } from "./errors.ts";
import { type PostgresServer, withAdmin, withAdminIn } from "./server.ts";
import { lockOut } from "./sessions.ts";
import { lockTenant, unlockTenant } from "./sql.ts";

type Dropping = { client: PoolClient; server: PostgresServer; name: string };

export const DROP_STEPS: readonly Step<Dropping>[] = [
  {
    name: "database",
    async do({ client, name }) {
      await client.query(lockTenant(name));
      await lockOut(client, name);
      await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
    },
  },
  { name: "role", do: ({ client, server, name }) => dropRole(client, server, name) },
];

/** Drops what exists of the tenant; a part that is already gone is no error. */
export async function dropTenant(server: PostgresServer, name: string, point: Point): Promise<void> {
  // The turn is taken before the connection: waiting drops must not hold the few connections creates need.
  await server.drops(() =>
    withAdmin(server, async (client) => {
      await runSteps(DROP_STEPS, { client, server, name }, point);
      await client.query(unlockTenant(name));
    }),
  );
}

const databasesSchema = z.array(z.object({ datname: z.string() }));

/**
 * Any tenant can mention a neighbour's role in its own database (`GRANT … TO`, a policy, and in PostgreSQL 15 a
 * membership that lets the neighbour own tables there); such a mention blocks DROP ROLE. They are taken away first.
 */
async function dropRole(client: PoolClient, server: PostgresServer, name: string): Promise<void> {
  const role = escapeIdentifier(name);
  try {
    await client.query(`DROP ROLE IF EXISTS ${role}`);
  } catch (error) {
    if (!hasCode(error, SQLSTATE.dependentObjects)) throw error;
    const { rows } = await client.query(
      `SELECT DISTINCT d.datname FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.refobjid
       WHERE s.refclassid = 'pg_authid'::regclass AND r.rolname = $1`,
      [name],
    );
    for (const { datname } of databasesSchema.parse(rows)) {
      await withAdminIn(server, datname, (other) => other.query(`DROP OWNED BY ${role} CASCADE`));
    }
    await client.query(`DROP ROLE IF EXISTS ${role}`);
  }
}
