/** What an operator sees from behind: rows, tenants on the server, and what of both does not belong together. */
import { z } from "zod";
import { databaseOf, query } from "./postgres-client.ts";

type Behind = { platformUrl: string; registryUrl: string; tenantServerUrl: string };

/** The template every tenant is copied from, and what PostgreSQL brings itself. */
const NOT_TENANTS = ["postgres", "template0", "template1"];
const TEMPLATE_PREFIX = "instanode_template";

const rowSchema = z.object({ id: z.string(), status: z.string(), generation: z.number(), drop_reason: z.string().nullable() });
export type ResourceRow = z.infer<typeof rowSchema>;

export async function resourceRow(stack: Behind, id: string): Promise<ResourceRow | undefined> {
  const rows = await query(stack.platformUrl, "SELECT id, status, generation, drop_reason FROM resources WHERE id = $1", [id]);
  return z.array(rowSchema).parse(rows)[0];
}

const tenantSchema = z.object({ resource_id: z.string(), name: z.string().nullable(), state: z.string(), generation: z.number() });

/** What the bridge's registry says of a resource. */
export async function registryRow(stack: Behind, id: string): Promise<z.infer<typeof tenantSchema> | undefined> {
  const rows = await query(stack.registryUrl, "SELECT resource_id, name, state, generation FROM tenants WHERE resource_id = $1", [id]);
  return z.array(tenantSchema).parse(rows)[0];
}

/** Every row of every table, as text: what a thief of the database would read. */
export async function dump(url: string): Promise<string> {
  const tables = await query(url, "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public'");
  const texts: string[] = [];
  for (const { name } of tables) {
    for (const row of await query(url, `SELECT whole::text AS row FROM ${name} AS whole`)) texts.push(String(row.row));
  }
  return texts.join("\n");
}

const namesSchema = z.array(z.object({ name: z.string() }));
const namesOf = (rows: unknown): string[] =>
  namesSchema
    .parse(rows)
    .map(({ name }) => name)
    .filter((name) => !NOT_TENANTS.includes(name) && !name.startsWith(TEMPLATE_PREFIX) && !name.startsWith("pg_"))
    .sort();

/** Databases and roles on the tenants' server that PostgreSQL and the platform did not bring themselves. */
export async function serverContent({ tenantServerUrl }: Behind): Promise<{ databases: string[]; roles: string[] }> {
  const databases = namesOf(await query(tenantServerUrl, "SELECT datname::text AS name FROM pg_database"));
  const roles = namesOf(await query(tenantServerUrl, "SELECT rolname::text AS name FROM pg_roles"));
  return { databases, roles };
}

export async function existsOnServer(stack: Behind, url: string): Promise<{ database: boolean; role: boolean }> {
  const { databases, roles } = await serverContent(stack);
  const name = databaseOf(url);
  return { database: databases.includes(name), role: roles.includes(name) };
}

/** The three stores side by side. Clean: the same tenants in each, nothing half-done, nothing more. */
export async function ledger(stack: Behind) {
  const ids = (rows: Record<string, unknown>[]) => rows.map(({ id }) => String(id)).sort();
  const names = await query(stack.registryUrl, "SELECT name FROM tenants WHERE state <> 'dropped' ORDER BY name");
  return {
    ...(await serverContent(stack)),
    registered: namesOf(names),
    registeredIds: ids(await query(stack.registryUrl, "SELECT resource_id AS id FROM tenants WHERE state <> 'dropped'")),
    unfinishedIds: ids(await query(stack.registryUrl, "SELECT resource_id AS id FROM tenants WHERE state NOT IN ('active', 'dropped')")),
    activeIds: ids(await query(stack.platformUrl, "SELECT id FROM resources WHERE status = 'active'")),
    goingIds: ids(await query(stack.platformUrl, "SELECT id FROM resources WHERE status IN ('dropping', 'abandoned')")),
    quarantined: namesOf(await query(stack.registryUrl, "SELECT name FROM quarantine")),
  };
}
