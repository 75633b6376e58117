/** Nobody sees a neighbour (PRODUCT promise 3, "What isolation must hold", row Postgres). */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TEMPLATE_NAME } from "../../../provisioner-bridge/engines/postgres/template.ts";
import { dropJob } from "../../support/bridge.ts";
import { ALLOWED, FORBIDDEN, VECTOR_ALLOWED } from "./attempts.ts";
import { canConnect, connected, type MadeTenant, makeTenant, outcomeOf, useBridge, verifyCleanSlate } from "./fixture.ts";

const fixture = useBridge();
const MANY = { connections: 5, storage_mb: 10 };
let own: MadeTenant;
let neighbour: MadeTenant;

beforeAll(async () => {
  [own, neighbour] = await Promise.all([makeTenant(fixture, MANY), makeTenant(fixture, MANY)]);
});

afterAll(async () => {
  for (const { id } of [own, neighbour]) await fixture.t.run(dropJob(id));
  await verifyCleanSlate(fixture);
});

const fill = (sql: string) => sql.replaceAll("{own}", own.name).replaceAll("{neighbour}", neighbour.name);

describe("a tenant is refused", () => {
  test.each(FORBIDDEN)("$what", async ({ sql, codes }) => {
    // The neighbour is there, so that there is a session to look at or to end.
    await connected(neighbour.url, async (other) => {
      const outcome = await connected(own.url, (client) => outcomeOf(client.query(fill(sql))));
      expect(codes).toContain(outcome === "42704" && sql.includes("vector") && !fixture.postgres.hasVector ? "42501" : outcome);
      expect((await other.query("SELECT 1 AS alive")).rows).toEqual([{ alive: 1 }]);
    });
  });

  test("every database of the server but its own", async () => {
    const databases = await connected(
      own.url,
      async (client) => (await client.query<{ datname: string }>("SELECT datname FROM pg_database")).rows,
    );
    const names = databases.map((row) => row.datname);
    expect(names).toEqual(expect.arrayContaining(["postgres", "template0", "template1", TEMPLATE_NAME, own.name, neighbour.name]));
    for (const database of names) {
      const outcome = await outcomeOf(connected(own.url, (client) => client.query("SELECT 1"), { database }));
      // 55000: the templates take no connection at all.
      expect([database, outcome]).toEqual([database, database === own.name ? "ok" : expect.stringMatching(/^(42501|55000)$/)]);
    }
  });

  test("a replication connection", async () => {
    const options = { replication: "database" } as object;
    expect(await outcomeOf(connected(own.url, (client) => client.query("IDENTIFY_SYSTEM"), options))).toBe("42501");
  });

  test("a connection beyond its limit, however it tries to raise it", async () => {
    const two = await makeTenant(fixture, { connections: 2, storage_mb: 10 });
    await connected(two.url, async (first) => {
      await outcomeOf(first.query(`ALTER ROLE ${two.name} CONNECTION LIMIT 50`));
      await connected(two.url, async () => expect(await canConnect(two.url)).toBe("53300"));
      await expect.poll(() => canConnect(two.url)).toBe("ok");
    });
    await fixture.t.run(dropJob(two.id));
  });
});

describe("a tenant may try, and it has no effect on others", () => {
  test("GRANT CONNECT to everybody gives nothing: it has no grant option", async () => {
    await connected(own.url, (client) =>
      outcomeOf(
        client.query(`GRANT CONNECT ON DATABASE ${own.name} TO PUBLIC; GRANT CONNECT ON DATABASE ${own.name} TO ${neighbour.name}`),
      ),
    );
    expect(await outcomeOf(connected(neighbour.url, (client) => client.query("SELECT 1"), { database: own.name }))).toBe("42501");
  });

  test("of other sessions it sees no query and no address", async () => {
    await connected(neighbour.url, async (other) => {
      await other.query("SELECT 'very secret query'");
      const rows = await connected(
        own.url,
        async (client) =>
          (await client.query("SELECT query, client_addr, state FROM pg_stat_activity WHERE usename = $1", [neighbour.name])).rows,
      );
      expect(rows).toEqual([{ query: "<insufficient privilege>", client_addr: null, state: null }]);
    });
  });

  test("what it can read of shared catalogues names no resource and no caller", async () => {
    const texts = await connected(
      own.url,
      async (client) =>
        (
          await client.query<{ t: string }>(
            "SELECT description AS t FROM pg_shdescription UNION SELECT setconfig::text FROM pg_db_role_setting",
          )
        ).rows,
    );
    const all = JSON.stringify(texts);
    expect(all).not.toContain(own.id);
    expect(all).not.toContain(neighbour.id);
    expect(new Set(texts.filter(({ t }) => t.includes("registry")).map(({ t }) => t)).size).toBe(1);
  });

  test("its large objects and advisory locks are its own database's", async () => {
    await connected(own.url, async (client) => {
      await client.query("SELECT lo_create(4711)");
      await client.query("SELECT pg_advisory_lock(hashtextextended($1, 2))", [neighbour.name]);
      const seen = await connected(
        neighbour.url,
        async (other) =>
          (
            await other.query(
              "SELECT pg_try_advisory_lock(hashtextextended($1, 2)) AS free, (SELECT count(*)::int FROM pg_largeobject_metadata) AS objects",
              [neighbour.name],
            )
          ).rows,
      );
      expect(seen).toEqual([{ free: true, objects: 0 }]);
    });
  });
});

describe("a tenant's application can", () => {
  test("do ordinary work", async () => {
    const { id, url } = await makeTenant(fixture);
    await connected(url, async (client) => {
      for (const sql of ALLOWED) expect([sql, await outcomeOf(client.query(sql))]).toEqual([sql, "ok"]);
    });
    await fixture.t.run(dropJob(id));
  });

  test("store and search vectors at once", async ({ skip }) => {
    skip(!fixture.postgres.hasVector, "this machine has no pgvector");
    const { id, url } = await makeTenant(fixture);
    await connected(url, async (client) => {
      for (const sql of VECTOR_ALLOWED) expect([sql, await outcomeOf(client.query(sql))]).toEqual([sql, "ok"]);
    });
    await fixture.t.run(dropJob(id));
  });
});

test("while it is made, a database is closed to everybody", async () => {
  // The point after CREATE DATABASE and before its rights: nobody gets in, not even through PUBLIC's default right.
  fixture.failAt("bridge.create.after_database");
  await expect(makeTenant(fixture)).rejects.toThrow("internal_error");
  const [half] = await fixture.registry<{ name: string; resource_id: string }>(
    "SELECT name, resource_id FROM tenants WHERE state = 'creating'",
  );
  expect(await outcomeOf(connected(own.url, (client) => client.query("SELECT 1"), { database: half?.name ?? "" }))).toBe("55000");
  await fixture.t.run(dropJob(half?.resource_id ?? ""));
});

test("the server's log never had a password", () => {
  const password = new URL(own.url).password;
  expect(fixture.postgres.serverLog()).not.toContain(password);
});
