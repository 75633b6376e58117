/** The tenants on a server that bear our mark. */
import { z } from "zod";
import type { EngineTenant } from "../engine.ts";
import { type PostgresServer, withAdmin } from "./server.ts";

const foundSchema = z.array(z.object({ name: z.string(), is_whole: z.boolean() }));

/** Everything of ours on the server; whole means a role and a database that can be connected to. A role cut off by `limit` is whole. */
export async function listTenants(server: PostgresServer): Promise<EngineTenant[]> {
  const { rows } = await withAdmin(server, (client) =>
    client.query(
      `WITH marked AS (
         SELECT r.rolname::text AS name FROM pg_roles r
           JOIN pg_shdescription s ON s.objoid = r.oid AND s.classoid = 'pg_authid'::regclass WHERE s.description = $1
         UNION
         SELECT d.datname::text FROM pg_database d
           JOIN pg_shdescription s ON s.objoid = d.oid AND s.classoid = 'pg_database'::regclass WHERE s.description = $1
       )
       SELECT name, EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name)
                AND EXISTS (SELECT 1 FROM pg_database WHERE datname = name AND datallowconn) AS is_whole
       FROM marked ORDER BY name`,
      [server.mark],
    ),
  );
  return foundSchema.parse(rows).map((row) => ({ name: row.name, isWhole: row.is_whole }));
}
