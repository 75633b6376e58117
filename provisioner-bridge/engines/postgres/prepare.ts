/** Makes a server fit for tenants, and refuses one that cannot keep them apart. */

import { escapeIdentifier, type PoolClient } from "pg";
import { z } from "zod";
import { codeOf } from "../../../contract/causes.ts";
import { UnfitServer } from "../unfit.ts";
import { SQLSTATE } from "./errors.ts";
import { tenantClient } from "./ready.ts";
import { type PostgresServer, withAdmin } from "./server.ts";
import { ensureTemplate, type TemplateContent } from "./template.ts";

const VERSION_MIN = 150_000;
const PREPARE_LOCK = "SELECT pg_advisory_lock(hashtextextended('instanode.prepare', 3))";
const PREPARE_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('instanode.prepare', 3))";
const GUESS_BYTES = 24;

/** Checks the server, makes the template, closes every database to PUBLIC. @throws UnfitServer */
export async function prepareServer(server: PostgresServer, content: TemplateContent): Promise<void> {
  await withAdmin(server, async (client) => {
    await checkSettings(client);
    await checkDoor(server);
  });
  await keepPrepared(server, content);
}

/** The part that can become undone while the bridge runs: an operator makes a database, or replaces the cluster. Idempotent. */
export async function keepPrepared(server: PostgresServer, content: TemplateContent): Promise<void> {
  await withAdmin(server, async (client) => {
    // Several bridges take turns.
    await client.query(PREPARE_LOCK);
    await ensureTemplate(client, server, content);
    await closeToPublic(client);
    await client.query(PREPARE_UNLOCK);
  });
}

const settingsSchema = z.object({ version: z.number(), prepared: z.number(), superuser: z.boolean() });

async function checkSettings(client: PoolClient): Promise<void> {
  const { rows } = await client.query(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('max_prepared_transactions')::int AS prepared,
            (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser`,
  );
  const settings = settingsSchema.parse(rows[0]);
  if (settings.version < VERSION_MIN) throw new UnfitServer("PostgreSQL 15 or newer is needed");
  // A tenant's prepared transaction would keep its database from being dropped.
  if (settings.prepared > 0) throw new UnfitServer("max_prepared_transactions must be 0");
  if (!settings.superuser) throw new UnfitServer("admin_url must be a superuser's");
}

/** With `trust` in pg_hba.conf any tenant could log in as the superuser: connects with a wrong password and expects a refusal. */
async function checkDoor(server: PostgresServer): Promise<void> {
  const admin = new URL(server.config.admin_url);
  const guess = {
    name: decodeURIComponent(admin.username) || "postgres",
    password: server.random.bytes(GUESS_BYTES).toString("base64url"),
  };
  const client = tenantClient(server, guess, "postgres");
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    const code = codeOf(error);
    if (code === SQLSTATE.invalidPassword || code === SQLSTATE.invalidAuthorization) return;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
  throw new UnfitServer("it lets the superuser in with any password (see pg_hba.conf)");
}

const openSchema = z.array(z.object({ datname: z.string() }));

/** By default every role may connect to a new database. Databases that accept no connections (tenants being made) are skipped. */
async function closeToPublic(client: PoolClient): Promise<void> {
  const { rows } = await client.query(
    `SELECT datname FROM pg_database
     WHERE datallowconn AND EXISTS (SELECT 1 FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) right_of WHERE right_of.grantee = 0)`,
  );
  for (const { datname } of openSchema.parse(rows)) await client.query(`REVOKE ALL ON DATABASE ${escapeIdentifier(datname)} FROM PUBLIC`);
}
