/** What the verbs mean on PostgreSQL; what any engine promises is in suite.test.ts. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { outcomeSchemas } from "../../../contract/jobs.ts";
import { createJob, dropJob, grantOf, LIMITS, limitJob, rotateJob } from "../../support/bridge.ts";
import { canConnect, connected, makeTenant, outcomeOf, useBridge, verifyCleanSlate } from "./fixture.ts";

const fixture = useBridge();
const made: string[] = [];

afterEach(async () => {
  for (const id of made.splice(0)) await fixture.t.run(dropJob(id, 99));
  await verifyCleanSlate(fixture);
});

async function tenant(limits = LIMITS) {
  const one = await makeTenant(fixture, limits);
  made.push(one.id);
  return one;
}

/** The verifier's salt is random: it changes whenever the engine is told a password. */
const verifierOf = async (name: string) =>
  (await fixture.sql<{ rolpassword: string }>("SELECT rolpassword FROM pg_authid WHERE rolname = $1", [name]))[0]?.rolpassword;

test("create answers with credentials that connect to an empty database of one's own; without a pool nothing is cold", async () => {
  const { answer, name, url } = await tenant();
  const outcome = outcomeSchemas.create.parse(answer.body);
  expect(outcome).toMatchObject({ state: "active", cold: false, grant: { rotation: 0 } });
  const seen = await connected(
    url,
    async (client) =>
      (await client.query("SELECT current_user, current_database(), count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public'"))
        .rows[0],
  );
  expect(seen).toEqual({ current_user: name, current_database: name, tables: 0 });
  expect(await canConnect(outcome.grant.internal_url)).toBe("ok");
});

test.each([
  ["NOLOGIN", "engine_unavailable"],
  ["CONNECTION LIMIT 0", "capacity"],
])("a create whose credentials do not open the database (%s) is refused, and made whole by its retry", async (flaw, code) => {
  const id = randomUUID();
  made.push(id);
  fixture.meddleAt("bridge.create.after_grants", async () => {
    const [role] = await fixture.registry<{ name: string }>("SELECT name FROM tenants WHERE resource_id = $1", [id]);
    await fixture.sql(`ALTER ROLE ${role?.name} ${flaw}`);
  });
  expect((await fixture.t.run(createJob(id))).body.error).toBe(code);
  expect(await fixture.registry("SELECT state FROM tenants WHERE resource_id = $1", [id])).toEqual([{ state: "creating" }]);
  expect(await canConnect(grantOf(await fixture.t.run(createJob(id))).connection_url)).toBe("ok");
});

test("the same create twice acts once and answers the same", async () => {
  const { answer, id, name } = await tenant();
  const verifier = await verifierOf(name);
  const again = await fixture.t.run(createJob(id));
  expect(again.text).toBe(answer.text);
  expect(await verifierOf(name)).toBe(verifier);
  expect(await fixture.registry("SELECT attempts, state FROM job_journal WHERE resource_id = $1", [id])).toEqual([
    { attempts: 1, state: "done" },
  ]);
});

test("drop removes database and role, ends sessions, and says the same again", async () => {
  const { id, name, url } = await tenant();
  await connected(url, async (client) => {
    await client.query("CREATE TABLE kept (i int)");
    for (const _ of ["first", "again"]) expect((await fixture.t.run(dropJob(id))).body).toEqual({ ok: true, state: "gone" });
    expect(await outcomeOf(client.query("SELECT 1"))).not.toBe("ok");
  });
  expect(await verifierOf(name)).toBeUndefined();
  expect(await canConnect(url)).toBe("28P01");
});

test("rotate gives another password; the old one and the sessions opened with it die", async () => {
  const { id, url } = await tenant();
  await connected(url, async (client) => {
    const rotated = await fixture.t.run(rotateJob(id, 2, 1));
    const grant = grantOf(rotated);
    expect(grant.rotation).toBe(1);
    expect(await outcomeOf(client.query("SELECT 1"))).not.toBe("ok");
    expect([await canConnect(url), await canConnect(grant.connection_url)]).toEqual(["28P01", "ok"]);

    const verifier = await verifierOf(new URL(url).username);
    expect((await fixture.t.run(rotateJob(id, 2, 1))).text).toBe(rotated.text);
    expect(await verifierOf(new URL(url).username)).toBe(verifier);
  });
});

test("a create sent again after a rotation is stale: it must not show an old password", async () => {
  const { id } = await tenant();
  await fixture.t.run(rotateJob(id, 2, 1));
  expect((await fixture.t.run(createJob(id))).body.error).toBe("stale_generation");
});

test("limit changes how many connections the tenant has, at once and again", async () => {
  const { id, url } = await tenant({ connections: 1, storage_mb: 10 });
  await connected(url, async () => {
    expect(await canConnect(url)).toBe("53300");
    for (const _ of ["first", "again"]) {
      expect((await fixture.t.run(limitJob(id, 2, { connections: 2, storage_mb: 10 }))).body).toEqual({ ok: true, state: "active" });
    }
    expect(await canConnect(url)).toBe("ok");
    await fixture.t.run(limitJob(id, 3, { connections: -1, storage_mb: -1 }));
    const [role] = await fixture.sql<{ rolconnlimit: number }>("SELECT rolconnlimit FROM pg_roles WHERE rolname = $1", [
      new URL(url).username,
    ]);
    expect(role?.rolconnlimit).toBe(-1);
  });
});

test("measure tells bytes above an empty tenant's, for many at once, without those that are gone", async () => {
  const [empty, filled] = [await tenant(), await tenant()];
  await connected(filled.url, (client) => client.query("CREATE TABLE t AS SELECT repeat('x', 1000) FROM generate_series(1, 5000)"));
  const resource_ids = [empty.id, filled.id, randomUUID()];
  const sizes = await fixture.t.measure("postgres", resource_ids);
  expect([...sizes.keys()].sort()).toEqual([empty.id, filled.id].sort());
  expect(sizes.get(empty.id)).toBeLessThan(300_000);
  expect(sizes.get(filled.id)).toBeGreaterThan(5_000_000);
  await fixture.t.run(dropJob(empty.id));
  expect([...(await fixture.t.measure("postgres", resource_ids)).keys()]).toEqual([filled.id]);
});

test("list pages through living tenants of a certain age", async () => {
  const ids = [await tenant(), await tenant(), await tenant()].map((one) => one.id).sort();
  const list = async (after: string | null, older_than_seconds = 0) =>
    outcomeSchemas.list.parse(
      (await fixture.t.run({ kind: "list", args: { engine: "postgres", older_than_seconds, after, limit: 2 } })).body,
    );
  const first = await list(null);
  const second = await list(first.next);
  expect([...first.tenants, ...second.tenants]).toEqual(ids.map((resource_id) => ({ resource_id, state: "active", generation: 1 })));
  expect([first.next, second.next]).toEqual([ids[1], null]);
  expect((await list(null, 60)).tenants).toEqual([]);
  fixture.t.clock.advance(61_000);
  expect((await list(null, 60)).tenants).toHaveLength(2);
});
