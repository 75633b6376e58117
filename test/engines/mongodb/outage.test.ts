/** MongoDB stopped, killed or frozen: jobs are refused quickly, nothing is lost or left, and the bridge needs no restart. */
import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import { readinessSchema } from "../../../contract/readiness.ts";
import { grantOf } from "../../support/bridge.ts";
import { useDatabase } from "../../support/mongodb.ts";
import { expectCleanSlate, makeTenant, useEngine } from "../suite/subject.ts";
import { describeMongodb, LIMITS, mongodbSubject } from "./fixture.ts";

const QUICK_MS = 4_500;
const RECOVERY = { timeout: 10_000, interval: 200 };

describeMongodb("an outage", () => {
  const bench = useEngine(mongodbSubject({}, { alone: true }));
  const { createJob, dropJob } = bench.jobs;
  const create = (id: string = randomUUID()) => bench.t.run(createJob(id, 1, LIMITS));

  async function readyz() {
    // Past the cache.
    bench.t.clock.advance(60_000);
    return readinessSchema.parse(await (await fetch(`${bench.t.url}/readyz`)).json());
  }

  test.each(["stop", "crash"] as const)("%s: creates and drops are refused quickly, readyz degrades, then all goes on", async (how) => {
    const { id, grant } = await makeTenant(bench);
    await bench.server.mongodb.halt(how);
    const begun = performance.now();
    const answers = await Promise.all([create(), bench.t.run(dropJob(id))]);
    expect(answers.map(({ status, body }) => [status, body.error])).toEqual(Array(2).fill([503, "engine_unavailable"]));
    expect(performance.now() - begun).toBeLessThan(QUICK_MS);
    expect(await readyz()).toMatchObject({
      ok: true,
      overall: "degraded",
      checks: { mongodb: { status: "down" }, platform_db: { status: "ok" } },
    });

    await bench.server.mongodb.restart();
    expect(await useDatabase(grant.connection_url)).toBe("ok");
    await vi.waitFor(async () => expect((await create()).status).toBe(200), RECOVERY);
    expect(await readyz()).toMatchObject({ overall: "ok" });
    const { rows } = await bench.t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
    for (const { resource_id } of rows) expect((await bench.t.run(dropJob(resource_id, 9))).status).toBe(200);
    await expectCleanSlate(bench);
  });

  test("one that hangs is refused as quickly as one that is gone, and used again when it goes on", async () => {
    const { id } = await makeTenant(bench);
    bench.server.mongodb.freeze();
    const begun = performance.now();
    expect((await create()).body.error).toBe("engine_unavailable");
    expect(performance.now() - begun).toBeLessThan(QUICK_MS);
    expect((await readyz()).checks.mongodb?.status).toBe("down");
    bench.server.mongodb.thaw();
    await vi.waitFor(async () => expect((await bench.t.run(dropJob(id))).status).toBe(200), RECOVERY);
    await expectCleanSlate(bench);
  });

  test("kill -9 in the middle of creates: each is finished by its retry or removed by its drop", async () => {
    const ids = Array.from({ length: 6 }, () => randomUUID());
    const answers = ids.map(create);
    await Promise.race(answers);
    await bench.server.mongodb.halt("crash");
    const before = await Promise.all(answers);
    await bench.server.mongodb.restart();
    for (const [index, answer] of before.entries()) {
      const id = ids[index] ?? "";
      if (answer.status === 200) expect(await useDatabase(grantOf(answer).connection_url)).toBe("ok");
      else if (index % 2 === 0)
        await vi.waitFor(async () => expect(await useDatabase(grantOf(await create(id)).connection_url)).toBe("ok"), RECOVERY);
    }
    for (const id of ids) await vi.waitFor(async () => expect((await bench.t.run(dropJob(id))).status).toBe(200), RECOVERY);
    await expectCleanSlate(bench);
  });
});
