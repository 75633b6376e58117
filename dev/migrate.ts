/** Applies migrations/*.sql to a platform database: `npm run migrate [-- URL]`, or PLATFORM_DATABASE_URL. */
import { join } from "node:path";
import pg from "pg";
import { applyMigrations, MigrationsChanged } from "../provisioner-bridge/registry/migrator.ts";
import { ROOT } from "./paths.ts";
import { SetupError } from "./setup-error.ts";

export const MIGRATIONS_DIR = join(ROOT, "migrations");

/** The same key as in earlier releases, so that two releases never migrate at once. */
const LOCK_KEY = "7268201";
const FORMER = { name: "schema_migrations", rows: "SELECT name, checksum, applied_at FROM schema_migrations" };
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 300_000;

/**
 * Applies what is missing, each file in a transaction of its own, one program at a time.
 * @returns the names of the files applied
 * @throws SetupError when a file that was applied has changed or is gone, or a new one has too low a number
 */
export async function migrate(url: string, directory: string = MIGRATIONS_DIR): Promise<string[]> {
  const pool = new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  pool.on("error", () => {});
  // Set by a statement: poolers refuse it as a parameter of the connection.
  pool.on("connect", (client) => void client.query(`SET statement_timeout = ${STATEMENT_TIMEOUT_MS}`).catch(() => {}));
  try {
    return await applyMigrations({ pool, directory, table: "migrations", former: FORMER, lockKey: LOCK_KEY });
  } catch (cause) {
    if (!(cause instanceof MigrationsChanged)) throw cause;
    throw new SetupError(
      cause.message,
      ["A migration stays as it was applied: put the change in a new one.", "A local database can start afresh: npm start -- --reset"],
      { cause },
    );
  } finally {
    await pool.end();
  }
}

if (import.meta.main) {
  const url = process.argv[2] ?? process.env.PLATFORM_DATABASE_URL;
  if (url === undefined) {
    console.error("Which database? npm run migrate -- postgres://user:password@host/database   (or PLATFORM_DATABASE_URL)");
    process.exit(1);
  }
  const applied = await migrate(url);
  console.log(applied.length === 0 ? "Nothing to apply." : `Applied ${applied.join(", ")}.`);
}
