/** The database every tenant starts from: pgvector installed, schema `public` open to the one role that can come in. */
import type { PoolClient } from "pg";
import { escapeLiteral } from "pg";
import { z } from "zod";
import { TEMPLATE_MARK } from "./marks.ts";
import { type PostgresServer, withAdminIn } from "./server.ts";

/** A changed template gets a new name: databases already made stay what they are. */
export const TEMPLATE_NAME = "instanode_template_v1";

/** What a tenant finds in its database from the start. The platform owns it, so a tenant cannot drop it. */
export type TemplateContent = readonly string[];
export const TEMPLATE_CONTENT: TemplateContent = ["CREATE EXTENSION IF NOT EXISTS vector", "GRANT ALL ON SCHEMA public TO PUBLIC"];

const stateSchema = z.object({ exists: z.boolean(), complete: z.boolean() });

/** Makes the template unless it is complete. It is open only while it is being filled, and only to the superuser. */
export async function ensureTemplate(client: PoolClient, server: PostgresServer, content: TemplateContent): Promise<void> {
  const { rows } = await client.query(
    `SELECT count(*) > 0 AS exists, coalesce(bool_or(shobj_description(oid, 'pg_database') = $2), false) AS complete
     FROM pg_database WHERE datname = $1`,
    [TEMPLATE_NAME, TEMPLATE_MARK],
  );
  const state = stateSchema.parse(rows[0]);
  if (state.complete) return;
  // From template0: changes that an operator made to template1 do not reach tenants.
  if (!state.exists) await client.query(`CREATE DATABASE ${TEMPLATE_NAME} TEMPLATE template0 ENCODING 'UTF8' ALLOW_CONNECTIONS false`);
  await client.query(
    `BEGIN;REVOKE ALL ON DATABASE ${TEMPLATE_NAME} FROM PUBLIC;ALTER DATABASE ${TEMPLATE_NAME} ALLOW_CONNECTIONS true;COMMIT`,
  );
  await withAdminIn(server, TEMPLATE_NAME, async (inside) => {
    for (const statement of content) await inside.query(statement);
  });
  await client.query(
    `BEGIN;ALTER DATABASE ${TEMPLATE_NAME} ALLOW_CONNECTIONS false IS_TEMPLATE true;` +
      `COMMENT ON DATABASE ${TEMPLATE_NAME} IS ${escapeLiteral(TEMPLATE_MARK)};COMMIT`,
  );
}
