/** Both databases are migrated by one migrator: once, in order, together with what earlier migrators recorded. */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MIGRATIONS_DIR, migrate } from "../../../dev/migrate.ts";
import { changedUrl } from "../../../dev/postgres/connect.ts";
import { migrateRegistry } from "../../../provisioner-bridge/registry/migrate.ts";
import { readMigrations } from "../../../provisioner-bridge/registry/migrator.ts";
import { startTestPostgres, type TestPostgres } from "../../support/postgres.ts";

const REGISTRY_DIR = join(import.meta.dirname, "../../../provisioner-bridge/registry/migrations");

let postgres: TestPostgres;
let count = 0;
let url: string;
let pool: pg.Pool;
let folder: string;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.dispose());

beforeEach(async () => {
  const database = `migrate_${process.pid}_${++count}`;
  const admin = new pg.Client(postgres.url);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  await admin.end();
  url = changedUrl(postgres.url, { database });
  pool = new pg.Pool({ connectionString: url, max: 4 });
  folder = mkdtempSync(join(tmpdir(), "instanode-migrations-"));
});
afterEach(async () => {
  await pool.end();
  rmSync(folder, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
async function column(text: string): Promise<unknown[]> {
  return (await pool.query({ text, rowMode: "array" })).rows.map(([value]: unknown[]) => value);
}

describe("the files", () => {
  beforeEach(() => {
    write("0001_one.sql", "CREATE TABLE one (n int); INSERT INTO one VALUES (1);");
    write("0002_two.sql", "ALTER TABLE one ADD two int;");
  });

  test("are applied in order and once, also by programs that start together", async () => {
    const applied = await Promise.all([migrate(url, folder), migrate(url, folder), migrate(url, folder)]);
    expect(applied.flat().sort()).toEqual(["0001_one.sql", "0002_two.sql"]);
    expect(await column("SELECT n FROM one")).toEqual([1]);
    write("0003_three.sql", "CREATE TABLE three ();");
    expect(await migrate(url, folder)).toEqual(["0003_three.sql"]);
    expect(await migrate(url, folder)).toEqual([]);
  });

  test("are whole or not applied: one that fails leaves those before it, and the next run goes on there", async () => {
    write("0003_three.sql", "CREATE TABLE three (); SELECT 1 / 0;");
    await expect(migrate(url, folder)).rejects.toMatchObject({ code: "22012" });
    expect(await column("SELECT to_regclass('three')")).toEqual([null]);
    write("0003_three.sql", "CREATE TABLE three ();");
    expect(await migrate(url, folder)).toEqual(["0003_three.sql"]);
  });

  test.each<[string, () => void]>([
    ["was changed", () => write("0002_two.sql", "ALTER TABLE one ADD two bigint;")],
    ["is gone", () => rmSync(join(folder, "0002_two.sql"))],
    ["has a lower number than an applied one", () => write("0000_zero.sql", "CREATE TABLE zero ();")],
  ])("are refused when one %s, and nothing is applied", async (_what, change) => {
    await migrate(url, folder);
    write("0003_three.sql", "CREATE TABLE three ();");
    change();
    await expect(migrate(url, folder)).rejects.toThrow(/A migration that was applied has changed, is gone, or a new one/);
    expect(await column("SELECT coalesce(to_regclass('three'), to_regclass('zero'))")).toEqual([null]);
  });

  test.each(["0002_again.sql", "3_three.sql", "0003-three.sql"])("are refused when one is named %s", async (name) => {
    write(name, "CREATE TABLE three ();");
    await expect(migrate(url, folder)).rejects.toThrow("a number of its own");
  });
});

describe("a database of the former migrator", () => {
  test("the platform's is taken over: only what is missing is applied", async () => {
    cpSync(MIGRATIONS_DIR, folder, { recursive: true });
    const files = await readMigrations(folder);
    await formerPlatform(files.slice(0, -1));
    const last = files.at(-1)?.name;
    expect(await migrate(url, folder)).toEqual([last]);
    expect(await migrate(url, folder)).toEqual([]);
    // The release before this one still starts.
    expect(await column("SELECT count(*)::int FROM schema_migrations")).toEqual([files.length - 1]);
  });

  test("the platform's is refused when a file is not what was applied", async () => {
    cpSync(MIGRATIONS_DIR, folder, { recursive: true });
    await formerPlatform(await readMigrations(folder));
    writeFileSync(join(folder, "0001_resources.sql"), "SELECT 1;");
    await expect(migrate(url, folder)).rejects.toThrow("A migration that was applied has changed");
  });

  test("the registry's is taken over by several bridges at once, and keeps its identity", async () => {
    const files = await readMigrations(REGISTRY_DIR);
    await pool.query(
      "CREATE TABLE registry_migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
    );
    for (const [index, { name, text }] of files.slice(0, -1).entries()) {
      await pool.query(text);
      await pool.query("INSERT INTO registry_migrations (version, name) VALUES ($1, $2)", [index + 1, name]);
    }
    const [identity] = await column("SELECT id FROM registry_identity");
    expect(await Promise.all([migrateRegistry(pool), migrateRegistry(pool), migrateRegistry(pool)])).toEqual([
      identity,
      identity,
      identity,
    ]);
    expect(await column("SELECT split_part(name, '@', 1) FROM migrations ORDER BY name")).toEqual(readdirSync(REGISTRY_DIR).sort());
  });
});

async function formerPlatform(files: readonly { name: string; text: string; checksum: string }[]): Promise<void> {
  await pool.query(
    "CREATE TABLE schema_migrations (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
  );
  for (const { name, text, checksum } of files) {
    await pool.query(text);
    await pool.query("INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)", [name, checksum]);
  }
}
