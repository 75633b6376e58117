/**
 * Applies numbered SQL files with kysely's migrator, each in a transaction of its own, one program at a time. See
 * docs/decisions/0010-migrations-with-kysely.md.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Kysely, PostgresAdapter, PostgresDialect, sql, type Transaction } from "kysely";
import { type MigrationProvider, Migrator } from "kysely/migration";
import type pg from "pg";

const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/;
const NUMBER_DIGITS = 4;
const CHECKSUM_DIGITS = 16;

export type MigrationFile = { name: string; text: string; checksum: string };

/** The table of an earlier migrator, whose rows are copied once. `rows` selects `name` (a file's), `checksum` or null, `applied_at`. */
export type FormerTable = { name: string; rows: string };

export type MigrateOptions = {
  pool: pg.Pool;
  directory: string;
  table: string;
  former: FormerTable;
  /** The key of the advisory lock under which the files are applied: an SQL expression. */
  lockKey: string;
};

/** The files on disk do not continue what the database has: one was changed, removed, or numbered too low. */
export class MigrationsChanged extends Error {
  constructor(options: { cause: unknown }) {
    const reason = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(`A migration that was applied has changed, is gone, or a new one has too low a number (${reason}).`, options);
    this.name = "MigrationsChanged";
  }
}

/**
 * Applies what is missing, in order. A failed file leaves the ones before it applied.
 * @returns the names of the files applied
 * @throws MigrationsChanged, or the database's error
 */
export async function applyMigrations(options: MigrateOptions): Promise<string[]> {
  const files = await readMigrations(options.directory);
  const database = new Kysely<unknown>({ dialect: new LockedDialect({ pool: options.pool }) });
  const applied: string[] = [];
  for (;;) {
    const name = await database.transaction().execute((transaction) => applyNext(transaction, files, options));
    if (name === null) return applied;
    applied.push(name);
  }
}

/** The numbered files of `directory`, in order. @throws Error on a name without a number, or a number used twice */
export async function readMigrations(directory: string): Promise<MigrationFile[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  const numbers = new Set(names.map((name) => name.slice(0, NUMBER_DIGITS)));
  if (names.some((name) => !FILE_NAME.test(name)) || numbers.size !== names.length) {
    throw new Error(`Migrations are named 0001_what.sql, each with a number of its own. Found: ${names.join(", ")}.`);
  }
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(directory, name), "utf8");
      return { name, text, checksum: createHash("sha256").update(text).digest("hex") };
    }),
  );
}

/** The lock ends with the transaction, so it also holds behind a pooler that shares connections between transactions. */
async function applyNext(transaction: Transaction<unknown>, files: readonly MigrationFile[], options: MigrateOptions) {
  await sql`SELECT pg_advisory_xact_lock(${sql.raw(options.lockKey)})`.execute(transaction);
  await takeOver(transaction, files, options);
  const migrator = new Migrator({
    db: transaction,
    provider: providerOf(files),
    migrationTableName: options.table,
    migrationLockTableName: `${options.table}_lock`,
  });
  const { error, results } = await migrator.migrateUp();
  // Without results no file was tried: the migrator itself refused to go on from what the table holds.
  if (error !== undefined && results === undefined) throw isDatabaseError(error) ? error : new MigrationsChanged({ cause: error });
  if (error !== undefined) throw error;
  const [done] = results ?? [];
  return done === undefined ? null : fileNameOf(done.migrationName);
}

/** Copies what an earlier migrator recorded. The former table stays, so that the release before this one still starts. */
async function takeOver(transaction: Transaction<unknown>, files: readonly MigrationFile[], { table, former }: MigrateOptions) {
  const known = sql<{ isNew: boolean }>`SELECT to_regclass(${table}) IS NULL AND to_regclass(${former.name}) IS NOT NULL AS "isNew"`;
  if (!(await known.execute(transaction)).rows[0]?.isNew) return;
  const rows = await sql.raw<{ name: string; checksum: string | null; applied_at: Date }>(former.rows).execute(transaction);
  await sql`CREATE TABLE ${sql.table(table)} (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL)`.execute(transaction);
  for (const { name, checksum, applied_at } of rows.rows) {
    const file = files.find((one) => one.name === name);
    const recorded = recordedName(name, checksum ?? file?.checksum ?? "");
    await sql`INSERT INTO ${sql.table(table)} VALUES (${recorded}, ${applied_at.toISOString()})`.execute(transaction);
  }
}

function providerOf(files: readonly MigrationFile[]): MigrationProvider {
  const migrations = files.map(({ name, text, checksum }) => [
    recordedName(name, checksum),
    { up: async (transaction: Kysely<unknown>) => void (await sql.raw(text).execute(transaction)) },
  ]);
  return { getMigrations: async () => Object.fromEntries(migrations) };
}

/** The checksum is part of the recorded name: a changed file is then a missing migration, which the migrator refuses. */
function recordedName(name: string, checksum: string): string {
  return `${name}@${checksum.slice(0, CHECKSUM_DIGITS)}`;
}

function fileNameOf(recorded: string): string {
  return recorded.slice(0, recorded.indexOf("@"));
}

function isDatabaseError(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}

/** Kysely's own lock is a session's. `applyNext` holds a transaction's lock instead. */
class LockedAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

class LockedDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new LockedAdapter();
  }
}
