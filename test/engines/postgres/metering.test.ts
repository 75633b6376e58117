/** A pass of the metering tells the Worker what living tenants store: what changed at once, everything now and then, nothing twice for nothing. */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BATCH } from "../../../provisioner-bridge/metering/pass.ts";
import { FULL_EVERY_MS } from "../../../provisioner-bridge/metering/reported.ts";
import { dropJob, startTestBridge, type TestBridge } from "../../support/bridge.ts";
import { type ReportTaker, startReportTaker } from "../../support/report-taker.ts";
import { connected, makeTenant, useBridge, verifyCleanSlate } from "./fixture.ts";

const fixture = useBridge();
const made: string[] = [];
let worker: ReportTaker;
/** Another bridge of the same registry and server: the one that reports. */
let reporting: TestBridge;

beforeAll(async () => {
  worker = await startReportTaker(() => reporting.clock.now().getTime());
  reporting = await startTestBridge({ postgres: fixture.postgres, like: fixture.t, env: worker.env });
});
afterAll(async () => {
  await reporting.close();
  await worker.close();
});
afterEach(async () => {
  for (const id of made.splice(0)) await fixture.t.run(dropJob(id, 99));
  worker.taken.length = 0;
  await verifyCleanSlate(fixture);
});

async function tenant() {
  const one = await makeTenant(fixture);
  made.push(one.id);
  return one;
}

const fill = (url: string) =>
  connected(url, (client) => client.query("CREATE TABLE t AS SELECT repeat('x', 1000) FROM generate_series(1, 2000)"));

function pass() {
  const [server] = reporting.bridge.engines[0]?.servers ?? [];
  if (server === undefined || reporting.bridge.measureNow === null) throw new Error("the bridge meters nothing");
  return reporting.bridge.measureNow(server);
}

/** The sizes of all reports taken since the last call, by resource. */
function told(): Map<string, number> {
  const sizes = worker.taken.splice(0).flatMap(({ report }) => (report.kind === "sizes" ? report.body.sizes : []));
  return new Map(sizes.map(({ resource_id, bytes }) => [resource_id, bytes]));
}

test("living tenants are reported with their size, those that are gone or in the making are not", async () => {
  const [empty, filled, gone] = [await tenant(), await tenant(), await tenant()];
  await fill(filled.url);
  await fixture.t.run(dropJob(gone.id));
  const half = randomUUID();
  made.push(half);
  await fixture.registry(
    `INSERT INTO tenants (tenant_id, resource_id, engine, server, name, secret_id, generation, limits, state, created_at, updated_at)
     SELECT gen_random_uuid(), $1, engine, server, 't_half', secret_id, 1, limits, 'creating', created_at, updated_at FROM tenants WHERE resource_id = $2`,
    [half, empty.id],
  );
  expect(await pass()).toEqual({ measured: 2, reported: 2 });
  const sizes = told();
  expect([...sizes.keys()].sort()).toEqual([empty.id, filled.id].sort());
  expect(sizes.get(filled.id)).toBeGreaterThan(2_000_000);
  expect(sizes.get(empty.id)).toBeLessThan(300_000);
});

test("what has not changed is not told again, what has is; after ten minutes everything is", async () => {
  const [idle, busy] = [await tenant(), await tenant()];
  await pass();
  told();
  expect(await pass()).toEqual({ measured: 2, reported: 0 });
  await fill(busy.url);
  await pass();
  expect([...told().keys()]).toEqual([busy.id]);
  reporting.clock.advance(FULL_EVERY_MS);
  await pass();
  expect([...told().keys()].sort()).toEqual([idle.id, busy.id].sort());
});

describe("a Worker", () => {
  test("that fails for a moment gets the same report again, under the same id", async () => {
    const { id } = await tenant();
    worker.ids.length = 0;
    worker.answerWith(503, 500);
    await pass();
    expect([...told().keys()]).toContain(id);
    expect([worker.ids.length, new Set(worker.ids).size]).toEqual([3, 1]);
  });

  test("that refuses a report ends the pass, and hears it all again in the next", async () => {
    const { id } = await tenant();
    worker.answerWith(401);
    await expect(pass()).rejects.toThrow("401");
    expect(told().size).toBe(0);
    await pass();
    expect([...told().keys()]).toEqual([id]);
  });
});

test("more tenants than one batch are measured batch by batch, each once", async () => {
  const real = [await tenant(), await tenant(), await tenant()].map(({ id }) => id);
  const ghosts = Array.from({ length: 2 * BATCH }, () => randomUUID());
  await fixture.registry(
    `INSERT INTO tenants (tenant_id, resource_id, engine, server, name, secret_id, generation, limits, state, created_at, updated_at)
     SELECT gen_random_uuid(), ghost, engine, server, 't_' || ghost, secret_id, 1, limits, 'active', created_at, updated_at
     FROM tenants, unnest($1::uuid[]) ghost WHERE resource_id = $2`,
    [ghosts, real[0]],
  );
  expect(await pass()).toEqual({ measured: 3, reported: 3 });
  await fixture.registry("DELETE FROM tenants WHERE resource_id = ANY($1)", [ghosts]);
  expect([...told().keys()].sort()).toEqual(real.sort());
});

test("a transaction that never ends cannot hide what it writes", async () => {
  const { id, url } = await tenant();
  await connected(url, async (client) => {
    await client.query("BEGIN");
    await client.query("CREATE TABLE t (x text)");
    await pass();
    const before = told().get(id) ?? 0;
    await client.query("INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 2000)");
    await pass();
    expect(told().get(id)).toBeGreaterThan(before + 2_000_000);
  });
});
