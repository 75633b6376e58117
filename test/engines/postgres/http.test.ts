/** The bridge's HTTP surface besides jobs: probes, metrics, and one envelope for everything that is wrong. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { errorEnvelopeSchema } from "../../../contract/errors.ts";
import { JOB_MAX_BYTES, JOBS_PATH } from "../../../contract/jobs.ts";
import { healthSchema, readinessSchema } from "../../../contract/readiness.ts";
import packageJson from "../../../package.json" with { type: "json" };
import { createJob, dropJob } from "../../support/bridge.ts";
import { makeTenant, useBridge } from "./fixture.ts";

const fixture = useBridge({ env: { COMMIT_ID: "abc1234", BUILD_TIME: "2026-01-01T00:00:00Z" } });
const get = (path: string, init?: RequestInit) => fetch(fixture.t.url + path, init);

test("healthz and livez answer without asking anybody", async () => {
  const health = healthSchema.parse(await (await get("/healthz")).json());
  expect(health).toEqual({ ok: true, commit_id: "abc1234", build_time: "2026-01-01T00:00:00Z", version: packageJson.version });
  expect(await (await get("/livez")).json()).toEqual({ ok: true });
});

test("a connection that is quiet for a quarter of an hour stays open: the Worker's next job needs no new one", async () => {
  expect((await get("/livez")).headers.get("keep-alive")).toBe("timeout=910");
});

test("readyz has the documented names and says ok", async () => {
  const response = await get("/readyz");
  const ready = readinessSchema.parse(await response.json());
  expect([response.status, ready.overall, ready.commit_id]).toEqual([200, "ok", "abc1234"]);
  expect(Object.keys(ready.checks).sort()).toEqual(["customer_db", "platform_db"]);
});

test("metrics count jobs by outcome, tenants by state, and free connections", async () => {
  const { id } = await makeTenant(fixture);
  fixture.failAt("bridge.create.after_role");
  const failed = randomUUID();
  await fixture.t.run(createJob(failed));
  const text = await (await get("/metrics")).text();
  expect(text).toContain('bridge_job_duration_seconds_count{kind="create",engine="postgres",outcome="ok"} 1');
  expect(text).toContain('bridge_job_duration_seconds_count{kind="create",engine="postgres",outcome="internal_error"} 1');
  expect(text).toContain('bridge_tenants{engine="postgres",server="pg-test",state="active"} 1');
  expect(text).toMatch(/bridge_server_free_connections\{engine="postgres",server="pg-test"\} \d+/);
  expect(text).toContain('bridge_server_up{engine="postgres",server="pg-test"} 1');
  for (const one of [id, failed]) await fixture.t.run(dropJob(one));
});

test.each([
  ["an unknown path", "/nothing", { method: "GET" }, 404, "not_found"],
  ["another method for jobs", JOBS_PATH, { method: "GET" }, 405, "method_not_allowed"],
  ["another method for a probe", "/readyz", { method: "POST" }, 405, "method_not_allowed"],
  ["an empty job", JOBS_PATH, { method: "POST" }, 400, "malformed_job"],
  ["a large job", JOBS_PATH, { method: "POST", body: "x".repeat(JOB_MAX_BYTES + 1) }, 413, "payload_too_large"],
  ["bytes that are no text", JOBS_PATH, { method: "POST", body: new Uint8Array([0xff, 0xfe, 0]) }, 400, "malformed_job"],
])("%s gets the envelope", async (_, path, init, status, code) => {
  const response = await get(path, init);
  const envelope = errorEnvelopeSchema.parse(await response.json());
  expect([response.status, envelope.error]).toEqual([status, code]);
  expect(response.headers.get("x-request-id")).toBe(envelope.request_id);
  if (status === 405) expect(response.headers.get("allow")).toMatch(/POST|GET/);
});

test.each([
  ["a good id", "req_1.a-b", true],
  ["too long an id", "x".repeat(129), false],
  ["an id with a space", "a b", false],
])("%s of a caller is echoed: %s", async (_, given, echoed) => {
  const response = await get("/livez", { headers: { "x-request-id": given } });
  expect(response.headers.get("x-request-id") === given).toBe(echoed);
});
