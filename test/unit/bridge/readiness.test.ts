import { expect, test } from "vitest";
import { READINESS_CACHE_MS, readinessSchema } from "../../../contract/readiness.ts";
import type { Engine, ServerCapacity } from "../../../provisioner-bridge/engines/engine.ts";
import { createLog } from "../../../provisioner-bridge/log.ts";
import { createReadiness, type Probe, tenantServersProbe } from "../../../provisioner-bridge/readiness.ts";
import { createManualClock, settle } from "./clock.ts";

const fine: Probe = async () => undefined;
const broken: Probe = async () => {
  throw new Error("connect ECONNREFUSED 10.0.0.7:5432 as postgres://admin:hunter2@db");
};
const never: Probe = () => new Promise(() => {});

function matrix(probes: Record<string, Probe>) {
  const clock = createManualClock();
  return { clock, ask: createReadiness({ clock, log: createLog("silent"), commitId: "abc", cacheMs: READINESS_CACHE_MS, probes }) };
}

test.each([
  ["all fine", { platform_db: fine, customer_db: fine }, true, "ok"],
  ["a tenants' server gone", { platform_db: fine, customer_db: broken }, true, "degraded"],
  ["a full tenants' server", { platform_db: fine, customer_db: async () => "no server has room" }, true, "degraded"],
  ["the registry gone", { platform_db: broken, customer_db: fine }, false, "down"],
])("%s", async (_, probes, ok, overall) => {
  const answer = readinessSchema.parse(await matrix(probes).ask());
  expect([answer.ok, answer.overall]).toEqual([ok, overall]);
});

test("a message names no host, user or secret, and no answer is latency -1", async () => {
  const { checks } = await matrix({ platform_db: broken }).ask();
  expect(checks.platform_db).toMatchObject({ status: "down", latency_ms: -1, message: "no answer" });
});

test("a check that never answers is down after its time", async () => {
  const { clock, ask } = matrix({ platform_db: fine, customer_db: never });
  const answer = ask();
  await settle();
  clock.advance(5_000);
  expect((await answer).checks.customer_db?.status).toBe("down");
});

test("checks are asked once per cache time, also by callers at once", async () => {
  let asked = 0;
  const { clock, ask } = matrix({
    platform_db: async () => {
      asked += 1;
      return undefined;
    },
  });
  await Promise.all([ask(), ask(), ask()]);
  clock.advance(READINESS_CACHE_MS - 1);
  await ask();
  expect(asked).toBe(1);
  clock.advance(1);
  await ask();
  expect(asked).toBe(2);
});

test.each([
  ["one of two gone", ["open", "down"], "1 of 2 servers do not answer"],
  ["all full", ["full", "full"], "no server has room"],
  ["one with room", ["full", "open"], undefined],
  ["all gone", ["down", "down"], "throws"],
])("tenants' servers: %s", async (_, states, expected) => {
  const capacities = states.map(
    (status, index) => ({ server: String(index), status, cause: new Error("gone") }) as unknown as ServerCapacity,
  );
  const probe = tenantServersProbe({ capacities: async () => capacities } as unknown as Engine);
  expect(await probe().catch(() => "throws")).toBe(expected);
});
