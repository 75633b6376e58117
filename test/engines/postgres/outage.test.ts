/** PostgreSQL stopped or killed: jobs are refused quickly, nothing is lost or left, and the bridge needs no restart. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { readinessSchema } from "../../../contract/readiness.ts";
import { createJob, dropJob, grantOf } from "../../support/bridge.ts";
import { canConnect, makeTenant, useBridge, verifyCleanSlate } from "./fixture.ts";

const fixture = useBridge({
  cluster: { alone: true, settings: { fsync: "on" } },
  platform: { alone: true },
  server: { strategy: undefined },
});
const QUICK_MS = 3_500;

async function readyz() {
  // Past the cache.
  fixture.t.clock.advance(60_000);
  const response = await fetch(`${fixture.t.url}/readyz`);
  return { status: response.status, ...readinessSchema.parse(await response.json()) };
}

test("the tenants' server is down: creates and drops are refused quickly, readyz degrades, then all goes on", async () => {
  const { id } = await makeTenant(fixture);
  await fixture.postgres.halt("stop");
  const begun = performance.now();
  const answers = await Promise.all([fixture.t.run(createJob(randomUUID())), fixture.t.run(dropJob(id))]);
  expect(answers.map(({ status, body }) => [status, body.error])).toEqual(Array(2).fill([503, "engine_unavailable"]));
  expect(performance.now() - begun).toBeLessThan(QUICK_MS);
  expect(await readyz()).toMatchObject({
    status: 200,
    overall: "degraded",
    checks: { customer_db: { status: "down" }, platform_db: { status: "ok" } },
  });

  await fixture.postgres.restart();
  expect(await readyz()).toMatchObject({ status: 200, overall: "ok" });
  expect((await fixture.t.run(dropJob(id))).status).toBe(200);
  await verifyCleanSlate(fixture);
});

test("kill -9 of PostgreSQL in the middle of creates: each is finished by its retry or removed by its drop", async () => {
  const ids = Array.from({ length: 6 }, () => randomUUID());
  const answers = ids.map((id) => fixture.t.run(createJob(id)));
  await Promise.race(answers);
  await fixture.postgres.halt("crash");
  const before = await Promise.all(answers);
  await fixture.postgres.restart();

  for (const [index, answer] of before.entries()) {
    const id = ids[index] ?? "";
    if (answer.status === 200) expect(await canConnect(grantOf(answer).connection_url)).toBe("ok");
    else if (index % 2 === 0) expect(await canConnect(grantOf(await fixture.t.run(createJob(id))).connection_url)).toBe("ok");
  }
  const drops = await Promise.all(ids.map((id) => fixture.t.run(dropJob(id))));
  expect(drops.map(({ status }) => status)).toEqual(ids.map(() => 200));
  await verifyCleanSlate(fixture);
});

test("the registry is down: jobs are refused quickly, readyz is down, then all goes on", async () => {
  await fixture.platform().halt("crash");
  const begun = performance.now();
  expect((await fixture.t.run(createJob(randomUUID()))).body.error).toBe("registry_unavailable");
  expect(performance.now() - begun).toBeLessThan(QUICK_MS);
  expect(await readyz()).toMatchObject({
    status: 503,
    ok: false,
    overall: "down",
    checks: { platform_db: { status: "down", message: "no answer" } },
  });

  await fixture.platform().restart();
  const { id } = await makeTenant(fixture);
  await fixture.t.run(dropJob(id));
  expect(await readyz()).toMatchObject({ status: 200, overall: "ok" });
  await verifyCleanSlate(fixture);
});
