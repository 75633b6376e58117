/**
 * What every engine promises, whatever it is: each verb does what it says, the same job twice acts once, a job that ends at any
 * step is finished by its retry or removed by a drop. Model: "run every step twice, fail at every step, undo twice".
 */
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { createPoints, dropPoints } from "../../../provisioner-bridge/faults.ts";
import { grantOf } from "../../support/bridge.ts";
import { type Bench, expectCleanSlate, listed, makeTenant, type TestServer } from "./subject.ts";

const GONE = { ok: true, state: "gone" };
const MINUTE_MS = 60_000;

export function describeLifecycle<S extends TestServer>(bench: Bench<S>): void {
  afterEach(async () => {
    const { rows } = await bench.t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
    for (const { resource_id } of rows) await bench.t.run(bench.jobs.dropJob(resource_id, 99));
    await expectCleanSlate(bench);
  });
  describe("verbs", () => describeVerbs(bench));
  describe("crashes", () => describeCrashes(bench));
  describe("order", () => describeOrder(bench));
}

function describeVerbs<S extends TestServer>(bench: Bench<S>): void {
  const { jobs, subject } = bench;

  test("create answers with a grant that works, and the same create answers alike without acting again", async () => {
    const { id, grant } = await makeTenant(bench);
    expect(await subject.use(grant)).toBe("ok");
    const again = grantOf(await bench.t.run(jobs.createJob(id, 1, subject.limits)));
    expect(await subject.use(again)).toBe("ok");
    const { rows } = await bench.t.registry.query("SELECT attempts, state FROM job_journal WHERE resource_id = $1", [id]);
    expect(rows).toEqual([{ attempts: 1, state: "done" }]);
    expect(await listed(bench.t, subject.engine)).toHaveLength(1);
  });

  test("ten equal creates at once make one tenant", async () => {
    const id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => bench.t.run(jobs.createJob(id, 1, subject.limits))));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(await listed(bench.t, subject.engine)).toHaveLength(1);
  });

  test("grant gives the credentials once more, and none of a tenant that is gone or never was", async () => {
    const { id } = await makeTenant(bench);
    expect(await subject.use(grantOf(await bench.t.run(jobs.grantJob(id))))).toBe("ok");
    await bench.t.run(jobs.dropJob(id));
    expect((await bench.t.run(jobs.grantJob(id))).body.error).toBe("resource_gone");
    expect((await bench.t.run(jobs.grantJob(randomUUID()))).body.error).toBe("unknown_tenant");
  });

  test("drop removes all of it, and says the same again", async () => {
    const { id, grant } = await makeTenant(bench);
    expect(await subject.use(grant)).toBe("ok");
    for (const _ of ["first", "again"]) expect((await bench.t.run(jobs.dropJob(id))).body).toEqual(GONE);
    expect(await subject.use(grant)).not.toBe("ok");
  });

  test("rotate gives other credentials; the old ones die; again it acts once and answers alike", async () => {
    const { id, grant } = await makeTenant(bench);
    for (const _ of ["first", "again"]) {
      const rotated = grantOf(await bench.t.run(jobs.rotateJob(id, 2, 1)));
      expect(rotated.rotation).toBe(1);
      expect(await subject.use(rotated)).toBe("ok");
      expect(await subject.use(grant)).not.toBe("ok");
    }
  });

  test("limit sets limits and access, as often as it is sent; access none keeps everybody out, full lets them in again", async () => {
    const { id } = await makeTenant(bench);
    const granted = async () => grantOf(await bench.t.run(jobs.grantJob(id)));
    for (const _ of ["first", "again"]) {
      expect((await bench.t.run(jobs.limitJob(id, 2, subject.limits, "none"))).body).toEqual({ ok: true, state: "active" });
    }
    expect(await subject.use(await granted())).not.toBe("ok");
    await bench.t.run(jobs.limitJob(id, 3, subject.limits, "full"));
    expect(await subject.use(await granted())).toBe("ok");
  });

  test("measure knows the living ones only", async () => {
    const [one, other] = [await makeTenant(bench), await makeTenant(bench)];
    const measure = async () => [...(await bench.t.measure(subject.engine, [one.id, other.id, randomUUID()])).keys()];
    expect((await measure()).sort()).toEqual([one.id, other.id].sort());
    await bench.t.run(jobs.dropJob(other.id));
    expect(await measure()).toEqual([one.id]);
  });

  test("a pass of the reconciler finds nothing to say about whole tenants", async () => {
    await makeTenant(bench);
    bench.t.clock.advance(3 * MINUTE_MS);
    expect((await bench.t.bridge.reconcileOnce()).findings).toEqual({ undropped: [], strangers: [], missing: [], stale: [] });
  });
}

function describeCrashes<S extends TestServer>(bench: Bench<S>): void {
  const { jobs, subject } = bench;

  describe.each(createPoints(subject.engine))("a create that ends at %s", (point) => {
    test("is finished by the same job", async () => {
      const id = randomUUID();
      bench.failAt(point);
      expect((await bench.t.run(jobs.createJob(id, 1, subject.limits))).body.error).toBe("internal_error");
      expect(await subject.use(grantOf(await bench.t.run(jobs.createJob(id, 1, subject.limits))))).toBe("ok");
    });

    test("is removed by a drop, and cannot rise again", async () => {
      const id = randomUUID();
      bench.failAt(point);
      await bench.t.run(jobs.createJob(id, 1, subject.limits));
      expect((await bench.t.run(jobs.dropJob(id))).body).toEqual(GONE);
      expect((await bench.t.run(jobs.createJob(id, 1, subject.limits))).body.error).toBe("resource_gone");
    });
  });

  test.each(dropPoints(subject.engine))("a drop that ends at %s is finished by the same job", async (point) => {
    const { id } = await makeTenant(bench);
    bench.failAt(point);
    expect((await bench.t.run(jobs.dropJob(id))).body.error).toBe("internal_error");
    expect((await bench.t.run(jobs.dropJob(id))).body).toEqual(GONE);
  });

  const begun = dropPoints(subject.engine).filter((point) => !/before_(?:registry|answer)$/.test(point));
  test.each(begun)("a drop that ends at %s is finished by the reconciler", async (point) => {
    const { id } = await makeTenant(bench);
    bench.failAt(point);
    await bench.t.run(jobs.dropJob(id));
    bench.t.clock.advance(3 * MINUTE_MS);
    await bench.t.bridge.reconcileOnce();
    await expectCleanSlate(bench);
  });
}

function describeOrder<S extends TestServer>(bench: Bench<S>): void {
  const { jobs, subject } = bench;

  test("a drop that overtakes its create leaves a tombstone that refuses it", async () => {
    const id = randomUUID();
    expect((await bench.t.run(jobs.dropJob(id))).body).toEqual(GONE);
    expect((await bench.t.run(jobs.createJob(id, 1, subject.limits))).body.error).toBe("resource_gone");
  });

  test("creates and drops of one resource at once, in any order, end in nothing", async () => {
    for (let round = 0; round < 4; round += 1) {
      const id = randomUUID();
      const both = [jobs.createJob(id, 1, subject.limits), jobs.dropJob(id)];
      await Promise.all((round % 2 === 0 ? both : both.reverse()).map((job) => bench.t.run(job)));
      await expectCleanSlate(bench);
    }
  });

  test("a change older than the last one is stale and changes nothing", async () => {
    const { id, grant } = await makeTenant(bench);
    await bench.t.run(jobs.limitJob(id, 5, subject.limits));
    for (const job of [jobs.rotateJob(id, 4, 1), jobs.limitJob(id, 4, subject.limits, "none"), jobs.dropJob(id, 4)]) {
      expect((await bench.t.run(job)).body.error).toBe("stale_generation");
    }
    expect(await subject.use(grant)).toBe("ok");
  });
}
