/** Brings the registry's tables up to date. Several bridges may start at once: one does it, the others wait. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { z } from "zod";
import { transaction, withRegistry } from "./database.ts";

const MIGRATIONS_DIRECTORY = join(import.meta.dirname, "migrations");
const NUMBERED = /^(\d{4})_[a-z0-9_]+\.sql$/;
const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('instanode.registry.migrate', 0))";
const LEDGER =
  "CREATE TABLE IF NOT EXISTS registry_migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())";

const appliedSchema = z.array(z.object({ version: z.number() }));
const identitySchema = z.object({ id: z.uuid() });

/**
 * Applies what is missing, in order, all or nothing.
 * @returns the registry's own id, which marks its tenants on every engine
 */
export async function migrateRegistry(pool: pg.Pool): Promise<string> {
  const files = (await readdir(MIGRATIONS_DIRECTORY)).filter((name) => NUMBERED.test(name)).sort();
  return withRegistry(pool, async (client) => {
    await transaction(client, { opening: LOCK }, async () => {
      await client.query(LEDGER);
      const applied = appliedSchema.parse((await client.query("SELECT version FROM registry_migrations")).rows);
      const versions = new Set(applied.map((row) => row.version));
      for (const name of files) {
        const version = Number.parseInt(name, 10);
        if (versions.has(version)) continue;
        await client.query(await readFile(join(MIGRATIONS_DIRECTORY, name), "utf8"));
        await client.query("INSERT INTO registry_migrations (version, name) VALUES ($1, $2)", [version, name]);
      }
    });
    const { rows } = await client.query("SELECT id FROM registry_identity");
    return identitySchema.parse(rows[0]).id;
  });
}
