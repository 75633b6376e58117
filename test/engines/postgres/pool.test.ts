/** Ready-made tenants: a create finds one that works, each is handed out once, and a crash loses or doubles none. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { outcomeSchemas } from "../../../contract/jobs.ts";
import { tenantLimits } from "../../../contract/kinds.ts";
import { type Answer, createJob, dropJob, grantOf, startTestBridge } from "../../support/bridge.ts";
import { canConnect, connected, useBridge } from "./fixture.ts";

const LIMITS = tenantLimits("postgres", "anonymous");
const MINUTE_MS = 60_000;
const SIZE = 4;
const fixture = useBridge({
  cluster: { alone: true },
  platform: {},
  env: { BRIDGE_POOLS: JSON.stringify({ postgres: { min: SIZE, max: SIZE } }) },
});

const states = async () =>
  (
    await fixture.registry<{ state: string; n: number }>(
      "SELECT state, count(*)::int AS n FROM tenants WHERE resource_id IS NULL GROUP BY 1",
    )
  ).map(({ state, n }) => `${state} ${n}`);
const full = () => expect.poll(states, { timeout: 20_000 }).toEqual([`ready ${SIZE}`]);
const create = (id: string = randomUUID(), limits = LIMITS): Promise<Answer> => fixture.t.run(createJob(id, 1, limits));
const isCold = (answer: Answer) => outcomeSchemas.create.parse(answer.body).cold;
const urlOf = (answer: Answer) => grantOf(answer).connection_url;

afterEach(async () => {
  const rows = await fixture.registry<{ resource_id: string }>(
    "SELECT resource_id FROM tenants WHERE resource_id IS NOT NULL AND state <> 'dropped'",
  );
  await Promise.all(rows.map((row) => fixture.t.run(dropJob(row.resource_id, 99))));
  await full();
});

test("fills itself; what it hands out works, is not cold, and a retry answers the same", async () => {
  await full();
  const id = randomUUID();
  const answer = await create(id);
  expect(isCold(answer)).toBe(false);
  expect(await canConnect(urlOf(answer))).toBe("ok");
  expect((await create(id)).text).toBe(answer.text);
  expect(await fixture.registry("SELECT attempts, state FROM job_journal WHERE resource_id = $1", [id])).toEqual([
    { attempts: 1, state: "done" },
  ]);
  await full();
});

test("twice as many creates at once as are ready, through two bridges: each gets a database of its own", async () => {
  await full();
  const other = await startTestBridge({ postgres: fixture.postgres, like: fixture.t });
  try {
    const answers = await Promise.all(
      Array.from({ length: 2 * SIZE }, (_, index) => (index % 2 === 0 ? fixture.t : other).run(createJob(randomUUID(), 1, LIMITS))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(2 * SIZE).fill(200));
    expect(new Set(answers.map(urlOf)).size).toBe(2 * SIZE);
    expect(answers.filter((answer) => !isCold(answer)).length).toBeGreaterThanOrEqual(SIZE);
    expect(await Promise.all(answers.map((answer) => canConnect(urlOf(answer))))).toEqual(Array(2 * SIZE).fill("ok"));
  } finally {
    await other.close();
  }
});

test("another tier gets its own connections on a ready-made tenant", async () => {
  await full();
  const answer = await create(randomUUID(), { connections: 8, storage_mb: 1024 });
  expect(isCold(answer)).toBe(false);
  const [row] = await fixture.sql<{ rolconnlimit: number }>("SELECT rolconnlimit FROM pg_roles WHERE rolname = $1", [
    new URL(urlOf(answer)).username,
  ]);
  expect(row?.rolconnlimit).toBe(8);
});

test.each(["bridge.create.after_registry", "bridge.create.before_answer"] as const)(
  "a create that ends at %s after it was handed one keeps that one",
  async (point) => {
    await full();
    const id = randomUUID();
    fixture.failAt(point);
    expect((await create(id)).body.error).toBe("internal_error");
    const [row] = await fixture.registry<{ name: string }>("SELECT name FROM tenants WHERE resource_id = $1", [id]);
    const answer = await create(id);
    expect(new URL(urlOf(answer)).username).toBe(row?.name);
    expect(await canConnect(urlOf(answer))).toBe("ok");
  },
);

test("a drop removes one that was handed out and never answered", async () => {
  await full();
  const id = randomUUID();
  fixture.failAt("bridge.create.after_registry");
  await create(id);
  expect((await fixture.t.run(dropJob(id))).body).toEqual({ ok: true, state: "gone" });
  expect((await create(id)).body.error).toBe("resource_gone");
});

test("one that does not work any more is found, removed and replaced; one that was never finished, too", async () => {
  await full();
  const [broken, unfinished] = await fixture.registry<{ tenant_id: string; name: string }>(
    "SELECT tenant_id, name FROM tenants WHERE state = 'ready' AND resource_id IS NULL ORDER BY created_at LIMIT 2",
  );
  await fixture.sql(`ALTER ROLE ${broken?.name} PASSWORD NULL`);
  await fixture.registry("UPDATE tenants SET state = 'filling' WHERE tenant_id = $1", [unfinished?.tenant_id]);
  fixture.t.clock.advance(20 * MINUTE_MS);
  const left = () => fixture.registry("SELECT 1 FROM tenants WHERE tenant_id = ANY($1)", [[broken?.tenant_id, unfinished?.tenant_id]]);
  await expect.poll(left, { timeout: 20_000 }).toEqual([]);
  await full();
  expect(await fixture.sql("SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", [[broken?.name, unfinished?.name]])).toEqual([]);
});

test("ready ones can be read by nobody: no row has a resource, and the reconciler has nothing to say about them", async () => {
  await full();
  fixture.t.clock.advance(3 * MINUTE_MS);
  expect((await fixture.t.bridge.reconcileOnce()).findings).toEqual({ undropped: [], strangers: [], missing: [], stale: [] });
  const list = await fixture.t.run({ kind: "list", args: { engine: "postgres", older_than_seconds: 0, after: null, limit: 10 } });
  expect(outcomeSchemas.list.parse(list.body).tenants).toEqual([]);
});

test("a server that is down refuses the create that took one; when it is back, its retry gets it", async () => {
  await full();
  const id = randomUUID();
  fixture.meddleAt("bridge.create.after_registry", () => fixture.postgres.halt("crash"));
  expect((await create(id)).body.error).toBe("engine_unavailable");
  expect((await create(id)).body.error).toBe("engine_unavailable");
  await fixture.postgres.restart();
  const answer = await create(id);
  await connected(urlOf(answer), (client) => client.query("SELECT 1"));
  expect(isCold(answer)).toBe(false);
});
