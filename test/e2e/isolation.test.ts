/** Nobody sees a neighbour: with one tenant's credentials, nothing of another, of the server or of the platform can be reached. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Created } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { databaseOf, inDatabase, query, refusalOf, withClient } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const SESSION_ENDS_WITHIN = { timeout: 5_000, interval: 20 };
const NO_PRIVILEGE = "42501";
const WRONG_PASSWORD = "28P01";
const SECRET_ROW = "a neighbour has secrets";

let mine: Created;
let theirs: Created;

beforeAll(async () => {
  [mine, theirs] = await Promise.all([api.create({ caller: freshCaller() }), api.create({ caller: freshCaller() })]);
  await query(theirs.connection_url, `CREATE TABLE secrets AS SELECT '${SECRET_ROW}'::text AS secret`);
});

describe("a tenant's credentials", () => {
  it("open no other database: not the neighbour's, not postgres, not a template", async () => {
    const rows = await query(stack.tenantServerUrl, "SELECT datname::text AS name FROM pg_database");
    const others = rows.map(({ name }) => String(name)).filter((name) => name !== databaseOf(mine.connection_url));
    expect(others).toEqual(expect.arrayContaining([databaseOf(theirs.connection_url), "postgres", "template0", "template1"]));
    for (const name of others) {
      await vi.waitFor(async () => {
        // 55000: a template takes no connections at all. 3D000: another test's database, dropped meanwhile.
        // Not 53300: that is our own last session still going, and says nothing of this database.
        const sqlState = await refusalOf(inDatabase(mine.connection_url, name), "SELECT 1");
        expect([NO_PRIVILEGE, "55000", "3D000"], name).toContain(sqlState);
      }, SESSION_ENDS_WITHIN);
    }
  });

  it("do not work for the neighbour's role", async () => {
    const mixed = new URL(theirs.connection_url);
    mixed.password = new URL(mine.connection_url).password;
    expect(await refusalOf(mixed.href, "SELECT 1")).toBe(WRONG_PASSWORD);
  });

  it("are not needed by anybody who has the neighbour's name alone", async () => {
    for (const password of ["", "postgres", new URL(theirs.connection_url).username]) {
      const guess = new URL(theirs.connection_url);
      guess.password = password;
      expect(await refusalOf(guess.href, "SELECT 1")).not.toBeNull();
    }
  });
});

describe("from inside its database, a tenant", () => {
  const neighbour = () => new URL(theirs.connection_url).username;
  const attempts: [what: string, sql: () => string][] = [
    ["becomes the neighbour", () => `SET ROLE ${neighbour()}`],
    ["becomes the superuser", () => "SET ROLE postgres"],
    ["lifts its connection limit", () => `ALTER ROLE ${new URL(mine.connection_url).username} CONNECTION LIMIT 50`],
    ["makes roles", () => "CREATE ROLE friend LOGIN"],
    ["makes databases", () => "CREATE DATABASE another"],
    ["drops the neighbour's database", () => `DROP DATABASE ${databaseOf(theirs.connection_url)}`],
    ["renames its own database", () => `ALTER DATABASE ${databaseOf(mine.connection_url)} RENAME TO free`],
    ["reads passwords", () => "SELECT rolpassword FROM pg_authid"],
    ["reads files of the server", () => "SELECT pg_read_file('postgresql.conf')"],
    ["copies a file in", () => "CREATE TEMP TABLE t (x text); COPY t FROM '/etc/passwd'"],
    ["runs programs", () => "CREATE TEMP TABLE t (x text); COPY t FROM PROGRAM 'id'"],
    ["writes files", () => "COPY (SELECT 1) TO '/tmp/instanode-e2e'"],
    ["imports files as large objects", () => "SELECT lo_import('/etc/passwd')"],
    ["changes settings of the server", () => "ALTER SYSTEM SET fsync = off"],
  ];
  it.each(attempts)("never %s", async (_what, sql) => {
    expect(await refusalOf(mine.connection_url, sql())).toMatch(/^(42501|42704|25001)$/);
  });

  it.each([["dblink"], ["postgres_fdw"], ["file_fdw"], ["plpython3u"], ["adminpack"]])("never gets the extension %s", async (extension) => {
    expect(await refusalOf(mine.connection_url, `CREATE EXTENSION ${extension}`)).not.toBeNull();
  });

  it("sees nothing the neighbour runs", async () => {
    await withClient(theirs.connection_url, async (client) => {
      await client.query("SELECT pg_backend_pid() /* a private thought */");
      const seen = await query(mine.connection_url, "SELECT coalesce(string_agg(query, ' '), '') AS text FROM pg_stat_activity");
      expect(seen[0]?.text).not.toContain("a private thought");
      const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
      expect(await refusalOf(mine.connection_url, `SELECT pg_terminate_backend(${rows[0].pid})`)).toBe(NO_PRIVILEGE);
    });
  });

  it("learns from the catalogues no more than random names", async () => {
    const readable = await query(mine.connection_url, "SELECT string_agg(d::text, ' ') AS text FROM pg_database d");
    const comments = await query(mine.connection_url, "SELECT string_agg(description, ' ') AS text FROM pg_shdescription");
    for (const secret of [theirs.id, theirs.token, theirs.name, new URL(theirs.connection_url).password]) {
      expect(`${readable[0]?.text} ${comments[0]?.text}`).not.toContain(secret);
    }
  });

  it("keeps its own data from the neighbour, who still has his", async () => {
    expect(await refusalOf(mine.connection_url, "SELECT * FROM secrets")).toBe("42P01");
    expect(await query(theirs.connection_url, "SELECT secret FROM secrets")).toEqual([{ secret: SECRET_ROW }]);
  });
});
