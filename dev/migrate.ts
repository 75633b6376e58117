/** Applies migrations/*.sql to a platform database: `npm run migrate [-- URL]`, or PLATFORM_DATABASE_URL. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import { ROOT } from "./paths.ts";
import { withConnection } from "./postgres/connect.ts";
import { SetupError } from "./setup-error.ts";

export const MIGRATIONS_DIR = join(ROOT, "migrations");

const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/;
/** Any number will do, as long as no other program takes the same one. */
const ADVISORY_LOCK = 7_268_201;
const STATEMENT_TIMEOUT_MS = 300_000;

export interface Migration {
  name: string;
  text: string;
  checksum: string;
}

/** The numbered files of `directory` in their order. @throws SetupError on a name without a number, or a number twice */
export function readMigrations(directory: string): Migration[] {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  const numbers = new Set(names.map((name) => name.slice(0, 4)));
  if (names.some((name) => !FILE_NAME.test(name)) || numbers.size !== names.length) {
    throw new SetupError(`Migrations are named 0001_what.sql, each with a number of its own; here are ${names.join(", ")}.`);
  }
  return names.map((name) => {
    const text = readFileSync(join(directory, name), "utf8");
    return { name, text, checksum: createHash("sha256").update(text).digest("hex") };
  });
}

/** Those not applied yet. @throws SetupError when one that was applied has changed, is gone, or would have come later */
export function pendingMigrations(all: readonly Migration[], applied: ReadonlyMap<string, string>): Migration[] {
  for (const [name, checksum] of applied) {
    const migration = all.find((candidate) => candidate.name === name);
    if (migration?.checksum === checksum) continue;
    throw new SetupError(`Migration ${name} was applied and has since been ${migration === undefined ? "removed" : "changed"}.`, [
      "A migration stays as it was applied: put the change in a new one.",
      "A local database can start afresh: npm start -- --reset",
    ]);
  }
  const pending = all.filter(({ name }) => !applied.has(name));
  const last = [...applied.keys()].sort().at(-1) ?? "";
  const late = pending.find(({ name }) => name < last);
  if (late !== undefined)
    throw new SetupError(`Migration ${late.name} comes after ${last}, which is already applied: give it a higher number.`);
  return pending;
}

/** Applies what is missing, each in a transaction of its own, one program at a time. Returns the names applied. */
export async function migrate(url: string, directory: string = MIGRATIONS_DIR): Promise<string[]> {
  const all = readMigrations(directory);
  return withConnection(url, async (client) => {
    await client.query(`set statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
    const done: string[] = [];
    for (;;) {
      const name = await applyNext(client, all);
      if (name === null) return done;
      done.push(name);
    }
  });
}

/** The lock ends with the transaction, so it also holds behind a pooler that shares connections. */
async function applyNext(client: pg.Client, all: readonly Migration[]): Promise<string | null> {
  await client.query("begin");
  try {
    await client.query("select pg_advisory_xact_lock($1)", [ADVISORY_LOCK]);
    await client.query(
      "create table if not exists schema_migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())",
    );
    const { rows } = await client.query<{ name: string; checksum: string }>("select name, checksum from schema_migrations");
    const [next] = pendingMigrations(all, new Map(rows.map((row) => [row.name, row.checksum])));
    if (next !== undefined) {
      await client.query(next.text);
      await client.query("insert into schema_migrations (name, checksum) values ($1, $2)", [next.name, next.checksum]);
    }
    await client.query("commit");
    return next?.name ?? null;
  } catch (cause) {
    await client.query("rollback").catch(() => {});
    throw cause;
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
