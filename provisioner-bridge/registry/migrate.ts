/** Brings the registry's tables up to date. Several bridges may start at once: one does it, the others wait. */
import { join } from "node:path";
import type pg from "pg";
import { z } from "zod";
import { withRegistry } from "./database.ts";
import { registryRefusal } from "./errors.ts";
import { applyMigrations } from "./migrator.ts";

const MIGRATIONS_DIRECTORY = join(import.meta.dirname, "migrations");
/** The same key as in earlier releases, so that two releases never migrate at once. */
const LOCK_KEY = "hashtextextended('instanode.registry.migrate', 0)";
const FORMER = { name: "registry_migrations", rows: "SELECT name, NULL AS checksum, applied_at FROM registry_migrations" };

const identitySchema = z.object({ id: z.uuid() });

/**
 * Applies what is missing, in order.
 * @returns the registry's own id, which marks its tenants on every engine
 */
export async function migrateRegistry(pool: pg.Pool): Promise<string> {
  await applyMigrations({ pool, directory: MIGRATIONS_DIRECTORY, table: "migrations", former: FORMER, lockKey: LOCK_KEY }).catch(
    (error: unknown) => {
      throw registryRefusal(error);
    },
  );
  return withRegistry(pool, async (client) => {
    const { rows } = await client.query("SELECT id FROM registry_identity");
    return identitySchema.parse(rows[0]).id;
  });
}
