/**
 * What every engine with ready-made tenants promises: a create finds one that works, each is handed out once, a crash at any step
 * of filling, handing out and removing loses or doubles none, and nothing of them is left when the configuration wants none.
 */
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { outcomeSchemas, type TenantLimits } from "../../../contract/jobs.ts";
import { discardPoints, fillPoints, HAND_OUT_POINTS } from "../../../provisioner-bridge/faults.ts";
import { type Answer, grantOf, startTestBridge } from "../../support/bridge.ts";
import { type Bench, listed, type Subject, type TestServer, useEngine } from "./subject.ts";

const MINUTE_MS = 60_000;
export const POOL_SIZE = 3;
const FILLED_WITHIN_MS = 40_000;
const FILLED = { timeout: FILLED_WITHIN_MS };

export type PoolTraits<S extends TestServer> = {
  /** What the anonymous tier gets: the pool is made for it. */
  anonymous: TenantLimits;
  /** Makes a tenant's credentials worth nothing, behind the bridge's back. */
  spoil(server: S, name: string): Promise<void>;
};

/** The subject's engine with a pool of POOL_SIZE. */
export function usePool<S extends TestServer>(subject: Subject<S>): Bench<S> {
  return useEngine(subject, { BRIDGE_POOLS: JSON.stringify({ [subject.engine]: { min: POOL_SIZE, max: POOL_SIZE } }) });
}

type Row = { tenant_id: string; name: string; state: string; resource_id: string | null };

/** What the tests look at and do again and again. */
function lookAt<S extends TestServer>(bench: Bench<S>, { anonymous }: PoolTraits<S>) {
  const rows = async (): Promise<Row[]> =>
    (
      await bench.t.registry.query<Row>(
        "SELECT tenant_id, name, state, resource_id FROM tenants WHERE state <> 'dropped' ORDER BY created_at",
      )
    ).rows;
  const pooled = async () => (await rows()).filter(({ resource_id }) => resource_id === null);
  const states = async () => (await pooled()).map(({ state }) => state);
  return {
    pooled,
    states,
    full: () => expect.poll(states, FILLED).toEqual(Array(POOL_SIZE).fill("ready")),
    create: (id: string = randomUUID(), limits = anonymous): Promise<Answer> => bench.t.run(bench.jobs.createJob(id, 1, limits)),
    /** A create makes the pool look at itself soon. */
    nudge: async () => void (await bench.t.run(bench.jobs.createJob(randomUUID(), 1, anonymous))),
    nameOf: async (id: string) => (await rows()).find(({ resource_id }) => resource_id === id)?.name,
    /** The engine has exactly what the registry names. */
    expectNoStranger: async () =>
      expect((await listed(bench.t, bench.subject.engine)).sort()).toEqual((await rows()).map(({ name }) => name).sort()),
  };
}

const isCold = (answer: Answer) => outcomeSchemas.create.parse(answer.body).cold;

export function describePool<S extends TestServer>(bench: Bench<S>, traits: PoolTraits<S>): void {
  const look = lookAt(bench, traits);
  afterEach(async () => {
    const { rows } = await bench.t.registry.query<{ resource_id: string }>(
      "SELECT resource_id FROM tenants WHERE resource_id IS NOT NULL AND state <> 'dropped'",
    );
    for (const { resource_id } of rows) await bench.t.run(bench.jobs.dropJob(resource_id, 99));
    await look.full();
    await look.expectNoStranger();
  });
  describe("hand-out", () => describeHandOut(bench, traits));
  describe("crashes", () => describeCrashes(bench, traits));
  describe("upkeep", () => describeUpkeep(bench, traits));
}

function describeHandOut<S extends TestServer>(bench: Bench<S>, traits: PoolTraits<S>): void {
  const { subject, jobs } = bench;
  const look = lookAt(bench, traits);

  test("the pool fills itself; what it hands out works, is not cold, and a retry answers the same", async () => {
    await look.full();
    const id = randomUUID();
    const answer = await look.create(id);
    expect(isCold(answer)).toBe(false);
    expect(await subject.use(grantOf(answer))).toBe("ok");
    expect((await look.create(id)).text).toBe(answer.text);
    const { rows } = await bench.t.registry.query("SELECT attempts, state FROM job_journal WHERE resource_id = $1", [id]);
    expect(rows).toEqual([{ attempts: 1, state: "done" }]);
  });

  test("ten equal creates at once are handed one tenant", async () => {
    await look.full();
    const id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => look.create(id)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  test("the same job with other content is a conflict, and is handed nothing", async () => {
    await look.full();
    const id = randomUUID();
    await look.create(id);
    const other = { ...traits.anonymous, storage_mb: traits.anonymous.storage_mb + 1 };
    expect((await look.create(id, other)).body.error).toBe("job_conflict");
  });

  test("a drop that overtakes its create, and one that comes at the same time, leave nothing", async () => {
    await look.full();
    for (const both of [false, true]) {
      const id = randomUUID();
      await Promise.all([bench.t.run(jobs.dropJob(id)), ...(both ? [look.create(id)] : [])]);
      const gone = await bench.t.run(jobs.dropJob(id));
      expect(gone.body).toEqual({ ok: true, state: "gone" });
      expect((await look.create(id)).body.error).toBe("resource_gone");
    }
  });

  test("twice as many creates at once as are ready, through two bridges: each gets a tenant of its own", async () => {
    await look.full();
    const other = await startTestBridge({ like: bench.t });
    try {
      const creates = Array.from({ length: 2 * POOL_SIZE }, (_, index) =>
        (index % 2 === 0 ? bench.t : other).run(jobs.createJob(randomUUID(), 1, traits.anonymous)),
      );
      const answers = await Promise.all(creates);
      expect(answers.map(({ status }) => status)).toEqual(Array(2 * POOL_SIZE).fill(200));
      expect(new Set(answers.map((answer) => JSON.stringify(grantOf(answer)))).size).toBe(2 * POOL_SIZE);
      expect(answers.filter((answer) => !isCold(answer)).length).toBeGreaterThanOrEqual(POOL_SIZE);
      expect(await Promise.all(answers.map((answer) => subject.use(grantOf(answer))))).toEqual(Array(2 * POOL_SIZE).fill("ok"));
    } finally {
      await other.close();
    }
  });

  test("two bridges fill one pool: never more than its size", async () => {
    await look.full();
    const other = await startTestBridge({ like: bench.t });
    try {
      let most = 0;
      await Promise.all(Array.from({ length: POOL_SIZE }, () => look.create()));
      await expect
        .poll(
          async () => {
            const states = await look.states();
            most = Math.max(most, states.length);
            return states;
          },
          { ...FILLED, interval: 20 },
        )
        .toEqual(Array(POOL_SIZE).fill("ready"));
      expect(most).toBe(POOL_SIZE);
    } finally {
      await other.close();
    }
  });

  test("one that is held, as a proof holds it, is passed over: the next one is handed out at once", async () => {
    await look.full();
    const [first, second] = await look.pooled();
    const holder = await bench.t.registry.connect();
    try {
      await holder.query("BEGIN");
      await holder.query("SELECT 1 FROM tenants WHERE tenant_id = $1 FOR UPDATE", [first?.tenant_id]);
      const id = randomUUID();
      expect(isCold(await look.create(id))).toBe(false);
      expect(await look.nameOf(id)).toBe(second?.name);
    } finally {
      await holder.query("ROLLBACK");
      holder.release();
    }
  });

  test("another tier is handed one, too, and it works", async () => {
    await look.full();
    const answer = await look.create(randomUUID(), { ...traits.anonymous, connections: 8, storage_mb: 1024 });
    expect(isCold(answer)).toBe(false);
    expect(await subject.use(grantOf(answer))).toBe("ok");
  });

  test.each([
    ["with the limits it was made with", {}],
    ["with others", { storage_mb: 1024 }],
  ])("one handed out %s is as old as its resource: a list of those older than a quarter of an hour does not name it", async (_, other) => {
    await look.full();
    bench.t.clock.advance(20 * MINUTE_MS);
    const answer = await look.create(randomUUID(), { ...traits.anonymous, ...other });
    expect(isCold(answer)).toBe(false);
    const list = await bench.t.run({ kind: "list", args: { engine: subject.engine, older_than_seconds: 900, after: null, limit: 10 } });
    expect(outcomeSchemas.list.parse(list.body).tenants).toEqual([]);
  });

  test("one whose proof is too old is handed to nobody before it is proved again", async () => {
    await look.full();
    const before = (await look.pooled()).map(({ name }) => name);
    bench.t.clock.advance(40 * MINUTE_MS);
    expect(isCold(await look.create())).toBe(true);
    await expect.poll(async () => isCold(await look.create()), { ...FILLED, interval: 1_000 }).toBe(false);
    const { rows } = await bench.t.registry.query("SELECT 1 FROM tenants WHERE resource_id IS NOT NULL AND name = ANY($1)", [before]);
    expect(rows.length, "what was proved again is handed out").toBeGreaterThan(0);
  });
}

function describeCrashes<S extends TestServer>(bench: Bench<S>, traits: PoolTraits<S>): void {
  const { subject, jobs } = bench;
  const look = lookAt(bench, traits);

  describe.each(HAND_OUT_POINTS)("a create that ends at %s", (point) => {
    test("keeps the tenant it was handed, and its retry answers with it", async () => {
      await look.full();
      const id = randomUUID();
      bench.failAt(point);
      expect((await look.create(id)).body.error).toBe("internal_error");
      const name = await look.nameOf(id);
      const answer = await look.create(id);
      expect(isCold(answer)).toBe(false);
      expect(await subject.use(grantOf(answer))).toBe("ok");
      expect(name === undefined || name === (await look.nameOf(id))).toBe(true);
    });

    test("is removed by a drop, and cannot rise again", async () => {
      await look.full();
      const id = randomUUID();
      bench.failAt(point);
      await look.create(id);
      expect((await bench.t.run(jobs.dropJob(id))).body).toEqual({ ok: true, state: "gone" });
      expect((await look.create(id)).body.error).toBe("resource_gone");
    });
  });

  test("one of another tier that ends before its limits are set gets them from its retry", async () => {
    await look.full();
    const id = randomUUID();
    const limits = { ...traits.anonymous, connections: 8 };
    bench.failAt("bridge.create.after_registry");
    for (const expected of ["internal_error", undefined]) expect((await look.create(id, limits)).body.error).toBe(expected);
    expect(await subject.use(grantOf(await look.create(id, limits)))).toBe("ok");
  });

  test.each(fillPoints(subject.engine))("a fill that ends at %s is removed with all it has made, and another one made", async (point) => {
    await look.full();
    const reached = Promise.withResolvers<void>();
    bench.meddleAt(point, async () => {
      reached.resolve();
      throw new Error(`a test ended the fill at ${point}`);
    });
    await look.create();
    await reached.promise;
    expect((await look.states()).filter((state) => state === "ready").length).toBeLessThan(POOL_SIZE);
    bench.t.clock.advance(2 * MINUTE_MS);
    await look.nudge();
    await look.full();
  });

  test.each(discardPoints(subject.engine))("a removal that ends at %s is finished by the next", async (point) => {
    await look.full();
    const [first] = await look.pooled();
    await bench.t.registry.query("UPDATE tenants SET state = 'filling' WHERE tenant_id = $1", [first?.tenant_id]);
    const reached = Promise.withResolvers<void>();
    bench.meddleAt(point, async () => {
      reached.resolve();
      throw new Error(`a test ended the removal at ${point}`);
    });
    bench.t.clock.advance(2 * MINUTE_MS);
    await look.nudge();
    await reached.promise;
    bench.t.clock.advance(2 * MINUTE_MS);
    await expect.poll(async () => (await look.pooled()).map(({ name }) => name), FILLED).not.toContain(first?.name);
    await look.full();
  });
}

function describeUpkeep<S extends TestServer>(bench: Bench<S>, traits: PoolTraits<S>): void {
  const look = lookAt(bench, traits);

  test("one that does not work any more is found, removed and replaced", async () => {
    await look.full();
    const [broken] = await look.pooled();
    await traits.spoil(bench.server, broken?.name ?? "");
    bench.t.clock.advance(20 * MINUTE_MS);
    // Whoever is handed the broken one meanwhile would be the proof that it was not: the oldest goes first.
    await expect.poll(async () => (await look.pooled()).map(({ name }) => name), FILLED).not.toContain(broken?.name);
    await look.full();
  });

  test("nobody reads one, no list names one, and the reconciler has nothing to say about them", async () => {
    await look.full();
    bench.t.clock.advance(3 * MINUTE_MS);
    expect((await bench.t.bridge.reconcileOnce()).findings).toEqual({ undropped: [], strangers: [], missing: [], stale: [] });
    const args = { engine: bench.subject.engine, older_than_seconds: 0, after: null, limit: 10 };
    const list = await bench.t.run({ kind: "list", args });
    expect(outcomeSchemas.list.parse(list.body).tenants).toEqual([]);
  });
}
