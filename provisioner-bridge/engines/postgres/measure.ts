/** How much tenants store. An empty database with pgvector is already about 8 MB: that part is the platform's. */
import { z } from "zod";
import { type PostgresServer, withAdmin } from "./server.ts";
import { TEMPLATE_NAME } from "./template.ts";

const sizesSchema = z.array(z.object({ datname: z.string(), bytes: z.coerce.number().int().min(0) }));

/** Bytes above the template's size, for all names in one query; a database that is gone is left out. */
export async function measureTenants(server: PostgresServer, names: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await withAdmin(server, (client) =>
    client.query(
      `SELECT datname, greatest(0, size - baseline)::text AS bytes
       FROM (SELECT datname, pg_database_size(oid) AS size FROM pg_database WHERE datname = ANY($1::text[])) tenants,
            (SELECT pg_database_size(oid) AS baseline FROM pg_database WHERE datname = $2) template
       WHERE size IS NOT NULL`,
      [names, TEMPLATE_NAME],
    ),
  );
  return new Map(sizesSchema.parse(rows).map((row) => [row.datname, row.bytes]));
}
