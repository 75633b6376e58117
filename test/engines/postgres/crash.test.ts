/** What can go wrong half-way on PostgreSQL only; what any engine promises is in suite.test.ts. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { createJob, dropJob, grantOf, rotateJob } from "../../support/bridge.ts";
import { canConnect, connected, makeTenant, useBridge, verifyCleanSlate } from "./fixture.ts";

const fixture = useBridge();
const GONE = { ok: true, state: "gone" };

test("a database that an interrupted DROP left invalid is made afresh", async () => {
  const id = randomUUID();
  fixture.failAt("bridge.create.after_database");
  await fixture.t.run(createJob(id));
  await fixture.sql("UPDATE pg_database SET datconnlimit = -2 WHERE datname = (SELECT rolname FROM pg_roles WHERE rolname LIKE 't\\_%')");
  expect(await canConnect(grantOf(await fixture.t.run(createJob(id))).connection_url)).toBe("ok");
  await fixture.t.run(dropJob(id));
  await verifyCleanSlate(fixture);
});

test("a backend that outlives its bridge is waited for: a drop does not overtake its CREATE DATABASE", async () => {
  const { id, name } = await makeTenant(fixture);
  // Stands for the backend of a dead bridge: it holds the tenant's lock until it is done.
  await connected(fixture.postgres.url, async (backend) => {
    await backend.query("SELECT pg_advisory_lock(hashtextextended($1, 2))", [name]);
    const dropped = fixture.t.run(dropJob(id));
    const waiting = async () => (await fixture.sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).length;
    await expect.poll(waiting).toBe(1);
    expect(await fixture.sql("SELECT 1 FROM pg_database WHERE datname = $1", [name])).toHaveLength(1);
    await backend.query("SELECT pg_advisory_unlock(hashtextextended($1, 2))", [name]);
    expect((await dropped).body).toEqual(GONE);
  });
  await verifyCleanSlate(fixture);
});

test("both backends of a create are waited for: the one that makes the database and the one that sets the password", async () => {
  const id = randomUUID();
  const meddling = new pg.Client({ connectionString: fixture.postgres.url });
  await meddling.connect();
  try {
    // Whoever changes the role next waits for this transaction.
    fixture.meddleAt("bridge.create.after_role", async () => {
      const [role] = await fixture.registry<{ name: string }>("SELECT name FROM tenants WHERE resource_id = $1", [id]);
      await meddling.query(`BEGIN;ALTER ROLE ${role?.name} CONNECTION LIMIT 1`);
    });
    const created = fixture.t.run(createJob(id));
    const holders = () => fixture.sql("SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock'");
    await expect.poll(async () => (await holders()).length).toBe(2);
    const dropped = fixture.t.run(dropJob(id, 2));
    await meddling.query("ROLLBACK");
    expect([(await created).status, (await dropped).body]).toEqual([200, GONE]);
  } finally {
    await meddling.end();
  }
  await verifyCleanSlate(fixture);
});

test("whoever waits for a tenant while it is made does not stop that: the create goes on with one backend", async () => {
  const id = randomUUID();
  const waiting = new pg.Client({ connectionString: fixture.postgres.url });
  await waiting.connect();
  try {
    let locked: Promise<unknown> | undefined;
    fixture.meddleAt("bridge.create.after_role", async () => {
      const [role] = await fixture.registry<{ name: string }>("SELECT name FROM tenants WHERE resource_id = $1", [id]);
      locked = waiting.query("SELECT pg_advisory_lock(hashtextextended($1, 2))", [role?.name]);
      const queued = async () => (await fixture.sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).length;
      await expect.poll(queued).toBe(1);
    });
    const answer = await fixture.t.run(createJob(id));
    expect(await canConnect(grantOf(answer).connection_url)).toBe("ok");
    await locked;
  } finally {
    await waiting.end();
  }
  await fixture.t.run(dropJob(id, 2));
  await verifyCleanSlate(fixture);
});

test("a rotation that ends half-way is finished by the same job with the password it had chosen", async () => {
  const { id, url } = await makeTenant(fixture);
  await fixture.registry("UPDATE tenants SET rotation = 1, generation = 2 WHERE resource_id = $1", [id]);
  const grant = grantOf(await fixture.t.run(rotateJob(id, 2, 1)));
  expect([await canConnect(url), await canConnect(grant.connection_url)]).toEqual(["28P01", "ok"]);
  await fixture.t.run(dropJob(id, 3));
  await verifyCleanSlate(fixture);
});

describe("a neighbour that mentions a tenant cannot keep it from being dropped", () => {
  test.each([
    ["by a grant", (name: string) => `CREATE TABLE mine (i int); GRANT SELECT ON mine TO ${name}`],
    ["by default privileges", (name: string) => `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${name}`],
    ["by a policy", (name: string) => `CREATE TABLE guarded (i int); CREATE POLICY p ON guarded TO ${name}`],
  ])("%s", async (_, mention) => {
    const [victim, neighbour] = [await makeTenant(fixture), await makeTenant(fixture)];
    await connected(neighbour.url, (client) => client.query(mention(victim.name)));
    expect((await fixture.t.run(dropJob(victim.id))).body).toEqual(GONE);
    expect(await canConnect(neighbour.url)).toBe("ok");
    expect((await fixture.t.run(dropJob(neighbour.id))).body).toEqual(GONE);
    await verifyCleanSlate(fixture);
  });

  test("by letting it own a table", async () => {
    const [victim, neighbour] = [await makeTenant(fixture), await makeTenant(fixture)];
    await connected(neighbour.url, async (client) => {
      // PostgreSQL 15 lets a role give membership in itself; 16 and later refuse it, and then there is nothing to clean.
      const given = await client.query(`GRANT ${neighbour.name} TO ${victim.name}`).catch(() => null);
      if (given === null) return;
      await connected(victim.url, (guest) => guest.query("CREATE TABLE left_behind (i int)"), { database: neighbour.name });
    });
    expect((await fixture.t.run(dropJob(victim.id))).body).toEqual(GONE);
    expect((await fixture.t.run(dropJob(neighbour.id))).body).toEqual(GONE);
    await verifyCleanSlate(fixture);
  });
});
