/** Ready-made databases: limits of another tier, room on servers, servers that come and go, and a configuration that changes. */
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import pg from "pg";
import { afterEach, describe, expect, test } from "vitest";
import { outcomeSchemas } from "../../../contract/jobs.ts";
import { tenantLimits } from "../../../contract/limits.ts";
import { readUsage } from "../../../provisioner-bridge/placement/usage.ts";
import {
  type Answer,
  createJob,
  dropJob,
  grantOf,
  postgresEnv,
  startTestBridge,
  type TestBridge,
  type TestBridgeOptions,
} from "../../support/bridge.ts";
import { startTestPostgres, type TestPostgres } from "../../support/postgres.ts";
import { canConnect, useBridge } from "./fixture.ts";

const LIMITS = tenantLimits("postgres", "anonymous");
const MINUTE_MS = 60_000;
const FILLED = { timeout: 40_000 };
/** 24 slots less 3 of superusers and 5 of readiness checks. */
const USABLE = 16;
const fixture = useBridge({ cluster: { alone: true, settings: { max_connections: "24" } }, platform: {} });

const pools = (min: number, max = min) => ({ BRIDGE_POOLS: JSON.stringify({ postgres: { min, max } }) });
const bridges: TestBridge[] = [];

/** A bridge of its own registry, unless it is like another. */
async function start(options: TestBridgeOptions): Promise<TestBridge> {
  const own = options.like === undefined ? { postgres: fixture.postgres, registryServer: fixture.platform() } : {};
  const t = await startTestBridge({ ...own, ...options });
  bridges.push(t);
  return t;
}

afterEach(async () => {
  for (const t of bridges) await t.close();
  bridges.length = 0;
  const names = (await fixture.sql<{ datname: string }>("SELECT datname FROM pg_database WHERE datname LIKE 't\\_%'")).map(
    (row) => row.datname,
  );
  for (const name of names) {
    await fixture.sql(`DROP DATABASE ${name} WITH (FORCE)`);
    await fixture.sql(`DROP ROLE ${name}`);
  }
});

/** One whose servers come in `env` only. */
async function startAlone(env: Record<string, string>): Promise<TestBridge> {
  const t = await startTestBridge({ registryServer: fixture.platform(), env });
  bridges.push(t);
  return t;
}

function serversEnv(servers: Record<string, TestPostgres>): Record<string, string> {
  const entries = Object.entries(servers).flatMap(([id, postgres]) =>
    JSON.parse(postgresEnv(postgres, { id }).BRIDGE_POSTGRES_SERVERS ?? ""),
  );
  return { BRIDGE_POSTGRES_SERVERS: JSON.stringify(entries) };
}

async function statesOf(t: TestBridge): Promise<string[]> {
  const { rows } = await t.registry.query<{ state: string }>(
    "SELECT state FROM tenants WHERE resource_id IS NULL AND state <> 'dropped' ORDER BY created_at",
  );
  return rows.map(({ state }) => state);
}
const full = (t: TestBridge, count: number) => expect.poll(() => statesOf(t), FILLED).toEqual(Array(count).fill("ready"));
const create = (t: TestBridge, limits = LIMITS, id: string = randomUUID()) => t.run(createJob(id, 1, limits));
const cold = (answer: Answer) => (answer.status === 200 ? outcomeSchemas.create.parse(answer.body).cold : String(answer.body.error));
const nameIn = (answer: Answer) => new URL(grantOf(answer).connection_url).username;

test("another tier gets its own connections on a ready-made database", async () => {
  const t = await start({ env: pools(1) });
  await full(t, 1);
  const answer = await create(t, { connections: 8, storage_mb: 1024 });
  expect(cold(answer)).toBe(false);
  const [row] = await fixture.sql<{ rolconnlimit: number }>("SELECT rolconnlimit FROM pg_roles WHERE rolname = $1", [nameIn(answer)]);
  expect(row?.rolconnlimit).toBe(8);
});

describe("room", () => {
  test("ready-made ones count: a pool and creates together take a server's places exactly, and the pool goes no further", async () => {
    const t = await start({ env: pools(2), server: { max_databases: 3 } });
    await full(t, 2);
    expect([cold(await create(t)), cold(await create(t)), cold(await create(t)), cold(await create(t))]).toEqual([
      false,
      false,
      expect.any(Boolean),
      "capacity",
    ]);
    const { rows } = await t.registry.query("SELECT 1 FROM tenants WHERE state <> 'dropped'");
    expect(rows).toHaveLength(3);
  });

  test.each([
    [USABLE, false],
    [USABLE + 1, "capacity"],
  ])("a tier that asks for %i of the server's connections, those promised to ready ones among them: %s", async (connections, expected) => {
    const t = await start({ env: pools(3), server: { connection_oversubscription: 1 } });
    await full(t, 3);
    expect(cold(await create(t, { connections, storage_mb: 10 }))).toBe(expected);
    // Nothing is made beyond what the server has: the pool stays as it is.
    expect(await statesOf(t)).toEqual(Array(expected === false ? 2 : 3).fill("ready"));
  });

  test("of what nobody owns a create counts the places, not the connections and the storage; a fill counts all", async () => {
    const t = await start({ env: pools(2) });
    await full(t, 2);
    const server = { server: expect.any(String), tenants: 2 };
    expect(await readUsage(t.registry, "postgres", "owned")).toEqual([{ ...server, connections: 0, storage_mb: 0 }]);
    const { connections, storage_mb } = LIMITS;
    expect(await readUsage(t.registry, "postgres")).toEqual([{ ...server, connections: 2 * connections, storage_mb: 2 * storage_mb }]);
  });

  test("a server without free connections gives nobody one of its ready ones until it has some again; the create that finds out takes one along", async () => {
    const t = await start({ env: pools(2) });
    await full(t, 2);
    const first = randomUUID();
    const clients = Array.from({ length: USABLE }, () => new pg.Client({ connectionString: fixture.postgres.url }));
    try {
      await Promise.all(clients.map((client) => client.connect()));
      expect(cold(await create(t, LIMITS, first))).toBe("capacity");
      // Nor does its retry, which has one already.
      expect(cold(await create(t, LIMITS, first))).toBe("capacity");
      expect([cold(await create(t)), cold(await create(t))]).toEqual(["capacity", "capacity"]);
      expect(await statesOf(t)).toEqual(["ready"]);
      // What the Worker does with a create that was refused.
      expect((await t.run(dropJob(first, 2))).body).toEqual({ ok: true, state: "gone" });
      const { rows } = await t.registry.query("SELECT 1 FROM tenants WHERE state NOT IN ('ready', 'dropped')");
      expect(rows).toEqual([]);
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
    await expect.poll(async () => cold(await create(t)), FILLED).toBe(false);
  });

  test("a server whose disk is nearly full hands out none of its ready ones", async () => {
    const before = await start({ env: pools(2) });
    await full(before, 2);
    await before.close();
    bridges.length = 0;
    const disk = { disk_path: tmpdir(), disk_free_min_percent: 100 };
    const t = await start({ like: before, env: { ...postgresEnv(fixture.postgres, disk), ...pools(2) } });
    expect(cold(await create(t))).toBe("capacity");
    expect(await statesOf(t)).toEqual(["ready", "ready"]);
  });

  test("never more than max without an owner, however much is asked for", async () => {
    const t = await start({ env: pools(0, 2) });
    const most: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      await create(t);
      most.push((await statesOf(t)).length);
    }
    await full(t, 2);
    expect(Math.max(...most)).toBeLessThanOrEqual(2);
  });
});

test("one server that is away: the create that finds out is refused and keeps what it was handed, the next take nothing; its retry gets it", async () => {
  const alone = await startTestPostgres({ alone: true });
  try {
    const t = await startAlone({ ...serversEnv({ "pg-a": alone }), ...pools(2) });
    await full(t, 2);
    await alone.halt("crash");
    const first = randomUUID();
    expect(cold(await create(t, LIMITS, first))).toBe("engine_unavailable");
    const next = await Promise.all([create(t), create(t), create(t)]);
    expect(next.map(cold)).toEqual(Array(3).fill("engine_unavailable"));
    expect(await statesOf(t)).toEqual(["ready"]);
    await alone.restart();
    await expect.poll(async () => cold(await create(t, LIMITS, first)), FILLED).toBe(false);
    expect(await canConnect(grantOf(await create(t, LIMITS, first)).connection_url)).toBe("ok");
  } finally {
    await alone.dispose();
  }
});

describe("several servers", () => {
  test("a tenant of a server that is down is handed to nobody and is not counted; when it is back, it is", async () => {
    const other = await startTestPostgres({ alone: true });
    try {
      const env = serversEnv({ "pg-a": fixture.postgres, "pg-b": other });
      const t = await startAlone({ ...env, ...pools(4, 8) });
      await full(t, 4);
      const { rows } = await t.registry.query<{ name: string }>("SELECT name FROM tenants WHERE server = 'pg-b' AND state = 'ready'");
      const away = rows.map(({ name }) => name);
      expect(away.length).toBeGreaterThan(0);
      await other.halt("crash");
      const answers: Answer[] = [];
      for (let count = 0; count < 3; count += 1) answers.push(await create(t));
      expect(await Promise.all(answers.map((answer) => canConnect(grantOf(answer).connection_url)))).toEqual(["ok", "ok", "ok"]);
      // Those that cannot be handed out do not stand for those that can.
      await full(t, 4 + away.length);
      await other.restart();
      await expect.poll(async () => away.includes(nameIn(await create(t))), { ...FILLED, interval: 500 }).toBe(true);
    } finally {
      await other.dispose();
    }
  });

  test("what is ready on a server that left the configuration is handed to nobody, leaves the pool, and goes when the server is back", async () => {
    const before = await startAlone({ ...serversEnv({ "pg-a": fixture.postgres }), ...pools(2) });
    await full(before, 2);
    await before.close();
    bridges.length = 0;
    const without = await start({ like: before, env: { ...serversEnv({ "pg-b": fixture.postgres }), ...pools(0) } });
    // Made for it, as the two that stay ready show; without a pool that is not cold.
    expect(cold(await create(without))).toBe(false);
    await without.bridge.reconcileOnce();
    expect(await statesOf(without)).toEqual(["ready", "ready"]);
    without.clock.advance(61 * MINUTE_MS);
    await without.bridge.reconcileOnce();
    expect(await statesOf(without)).toEqual(["dropping", "dropping"]);
    await without.close();
    bridges.length = 0;
    const again = await start({ like: before, env: { ...serversEnv({ "pg-a": fixture.postgres }), ...pools(0) } });
    again.clock.advance(65 * MINUTE_MS);
    await full(again, 0);
  });
});

describe("a configuration that changes", () => {
  test.each([
    ["an engine that leaves BRIDGE_POOLS: all go", "{}", 0],
    ["a smaller max: the newest beyond it go", JSON.stringify({ postgres: { min: 1, max: 1 } }), 1],
  ])("%s, and nothing of them is left", async (_, BRIDGE_POOLS, left) => {
    const before = await start({ env: pools(3) });
    await full(before, 3);
    await before.close();
    bridges.length = 0;
    const after = await start({ like: before, env: { BRIDGE_POOLS } });
    await full(after, left);
    const { rows } = await after.registry.query<{ name: string }>("SELECT name FROM tenants WHERE state = 'dropped'");
    expect(rows).toHaveLength(3 - left);
    expect(await fixture.sql("SELECT 1 FROM pg_roles WHERE rolname = ANY($1)", [rows.map(({ name }) => name)])).toEqual([]);
    expect((await after.bridge.reconcileOnce()).findings.strangers).toEqual([]);
  });
});

test.each([
  ["no connection is free for it", "CONNECTION LIMIT 0", "CONNECTION LIMIT 2", true],
  ["its role may not log in", "NOLOGIN", "LOGIN", false],
])("a proof that fails because %s (%s) takes it out of the pool only when it is refused", async (_, flaw, mended, stays) => {
  const t = await start({ env: pools(1) });
  await full(t, 1);
  const { rows } = await t.registry.query<{ name: string }>("SELECT name FROM tenants WHERE state = 'ready'");
  const name = rows[0]?.name ?? "";
  const kept = async () => (await t.registry.query("SELECT 1 FROM tenants WHERE name = $1 AND state = 'ready'", [name])).rows.length === 1;
  await fixture.sql(`ALTER ROLE ${name} ${flaw}`);
  t.clock.advance(20 * MINUTE_MS);
  const said = stays ? "a ready-made tenant could not be proved" : "a ready-made tenant does not work any more";
  await expect.poll(() => t.logs.some((line) => line.includes(said)), FILLED).toBe(true);
  if (!stays) return expect.poll(kept, FILLED).toBe(false);
  expect(await kept()).toBe(true);
  await fixture.sql(`ALTER ROLE ${name} ${mended}`);
  t.clock.advance(MINUTE_MS);
  await expect.poll(async () => nameIn(await create(t)), FILLED).toBe(name);
});

test("in a burst of creates nothing is filled, and after it the pool learns its size", async () => {
  const t = await start({ env: pools(0, 10) });
  const creates = 8;
  for (let count = 0; count < creates; count += 1) await create(t);
  const begun = await t.registry.query(
    `SELECT 1 FROM tenants p WHERE resource_id IS NULL AND 6 <= (SELECT count(*) FROM job_journal j
       WHERE j.started_at BETWEEN p.created_at - interval '1 second' AND p.created_at)`,
  );
  expect(begun.rows).toEqual([]);
  await full(t, creates);
});
