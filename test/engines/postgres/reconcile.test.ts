/** The reconciler finishes what the registry wants gone, and only reports the rest. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { createJob, dropJob } from "../../support/bridge.ts";
import { canConnect, makeTenant, useBridge, verifyCleanSlate } from "./fixture.ts";

const fixture = useBridge();
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const nothing = { undropped: [], strangers: [], missing: [], stale: [] };

const pass = () => fixture.t.bridge.reconcileOnce();
const later = (ms = 3 * MINUTE_MS) => fixture.t.clock.advance(ms);
const quarantined = () => fixture.registry("SELECT name, is_whole FROM quarantine ORDER BY name");

/** A role and perhaps a database with our mark, as a lost registry row would leave them. */
async function stranger(name: string, database = false): Promise<void> {
  const [{ id } = { id: "" }] = await fixture.registry<{ id: string }>("SELECT id FROM registry_identity");
  const mark = `'${JSON.stringify({ owner: "instanode", registry: id })}'`;
  await fixture.sql(`CREATE ROLE ${name} LOGIN`);
  await fixture.sql(`COMMENT ON ROLE ${name} IS ${mark}`);
  if (database) await fixture.sql(`CREATE DATABASE ${name}`);
}

async function remove(name: string): Promise<void> {
  await fixture.sql(`DROP DATABASE IF EXISTS ${name}`);
  await fixture.sql(`DROP ROLE IF EXISTS ${name}`);
}

afterEach(async () => {
  const rows = await fixture.registry<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
  for (const { resource_id } of rows) await fixture.t.run(dropJob(resource_id, 99));
  await verifyCleanSlate(fixture);
});

test("a world in order has no findings, however often it is looked at", async () => {
  await makeTenant(fixture);
  later();
  for (const _ of ["first", "again"]) expect(await pass()).toEqual({ outcome: "ok", findings: nothing });
});

test("passes while creates and drops run find nothing and break nothing", async () => {
  const ids = Array.from({ length: 8 }, () => randomUUID());
  const jobs = Promise.all(ids.map(async (id) => [await fixture.t.run(createJob(id)), await fixture.t.run(dropJob(id))]));
  for (let round = 0; round < 4; round += 1) expect((await pass()).findings).toEqual(nothing);
  expect((await jobs).flat().map(({ status }) => status)).toEqual(Array(16).fill(200));
});

test("tenants without a record are quarantined and reported, never dropped, and forgotten when they are gone", async () => {
  await makeTenant(fixture);
  await stranger("t_stranger_whole", true);
  await stranger("t_stranger_role");
  for (const _ of ["first", "again"]) {
    expect((await pass()).findings.strangers).toEqual(["t_stranger_role", "t_stranger_whole"]);
    expect(await quarantined()).toEqual([
      { name: "t_stranger_role", is_whole: false },
      { name: "t_stranger_whole", is_whole: true },
    ]);
  }
  expect(fixture.t.logs.some((line) => line.includes("quarantined"))).toBe(true);
  expect(await (await fetch(`${fixture.t.url}/metrics`)).text()).toContain('bridge_reconcile_findings{finding="strangers"} 2');
  expect(await fixture.sql("SELECT 1 FROM pg_database WHERE datname = 't_stranger_whole'")).toHaveLength(1);
  await remove("t_stranger_whole");
  await remove("t_stranger_role");
  await pass();
  expect(await quarantined()).toEqual([]);
});

test("too many unknown tenants stop the pass: nothing is recorded and nothing is dropped", async () => {
  const { id } = await makeTenant(fixture);
  fixture.failAt("bridge.drop.after_registry");
  await fixture.t.run(dropJob(id));
  later();
  const names = ["t_many_1", "t_many_2", "t_many_3", "t_many_4"];
  for (const name of names) await stranger(name);
  expect(await pass()).toMatchObject({ outcome: "stopped", findings: { strangers: names, undropped: [] } });
  expect(await quarantined()).toEqual([]);
  expect(await fixture.registry("SELECT state FROM tenants WHERE resource_id = $1", [id])).toEqual([{ state: "dropping" }]);
  for (const name of names) await remove(name);
  expect((await pass()).outcome).toBe("ok");
  expect(await fixture.registry("SELECT state FROM tenants WHERE resource_id = $1", [id])).toEqual([{ state: "dropped" }]);
});

test("records without a tenant are reported, when they are old enough, and kept", async () => {
  const [whole, broken, absent] = [await makeTenant(fixture), await makeTenant(fixture), await makeTenant(fixture)];
  await fixture.sql(`DROP DATABASE ${broken.name}`);
  await remove(absent.name);
  expect((await pass()).findings.missing).toEqual([]);
  later();
  expect((await pass()).findings.missing.sort()).toEqual([broken.name, absent.name].sort());
  expect(await canConnect(whole.url)).toBe("ok");
  expect(await fixture.registry("SELECT 1 FROM tenants WHERE state = 'active'")).toHaveLength(3);
});

test("a create nobody finished is reported and left for the platform's drop", async () => {
  fixture.failAt("bridge.create.after_role");
  const id = randomUUID();
  await fixture.t.run(createJob(id));
  expect((await pass()).findings.stale).toEqual([]);
  later();
  expect((await pass()).findings.stale).toHaveLength(1);
  expect((await fixture.t.run(createJob(id))).status).toBe(200);
});

test("a tenant that appears after its drop was done is dropped again", async () => {
  const { id, name } = await makeTenant(fixture);
  await fixture.t.run(dropJob(id));
  // As a statement of a dead bridge would, arriving late.
  await stranger(name, true);
  later();
  expect((await pass()).findings.undropped).toEqual([name]);
});

test("tombstones and journal rows are forgotten after a week", async () => {
  const { id } = await makeTenant(fixture);
  await fixture.t.run(dropJob(id));
  later(6 * DAY_MS);
  await pass();
  expect(await fixture.registry("SELECT 1 FROM tenants WHERE resource_id = $1", [id])).toHaveLength(1);
  later(2 * DAY_MS);
  await pass();
  expect(await fixture.registry("SELECT 1 FROM tenants UNION ALL SELECT 1 FROM job_journal")).toHaveLength(0);
});
