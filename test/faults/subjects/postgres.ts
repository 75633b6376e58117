/** PostgreSQL: a role and a database for each tenant, of either kind. */
import pg from "pg";
import { z } from "zod";
import { TEMPLATE_NAME } from "../../../provisioner-bridge/engines/postgres/template.ts";
import { type EngineSubject, type KindSubject, textOf } from "./subject.ts";

const TIMEOUT_MS = 5_000;

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: TIMEOUT_MS, query_timeout: TIMEOUT_MS });
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const use: KindSubject["use"] = (credentials) =>
  withClient(textOf(credentials, "connection_url"), async (client) => {
    await client.query("CREATE TABLE IF NOT EXISTS proof (v vector(3))");
    await client.query("INSERT INTO proof VALUES ('[1,2,3]')");
  });

export const postgresKinds: readonly KindSubject[] = [
  { kind: "postgres", use },
  { kind: "vector", use },
];

const partsSchema = z.array(z.object({ name: z.string(), part: z.string() }));

export const postgresEngine: EngineSubject = {
  engine: "postgres",
  parts: ["role", "database"],
  inventory: (adminUrl) =>
    withClient(adminUrl, async (client) => {
      const { rows } = await client.query(
        `SELECT datname AS name, 'database' AS part FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1', $1)
         UNION ALL SELECT rolname, 'role' FROM pg_roles WHERE NOT rolsuper AND rolname NOT LIKE 'pg\\_%'`,
        [TEMPLATE_NAME],
      );
      return partsSchema.parse(rows);
    }),
};
