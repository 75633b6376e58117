/** Operations over HTTP, as the Worker drives them: signed jobs in, signed reports and logs out. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decryptionJwkSchema, encryptionJwkSchema, type OperationPlan, sealPlan } from "../../../contract/operations.ts";
import { LOGS_PATH, type ServiceJob, serviceOutcomeSchemas } from "../../../contract/service-jobs.ts";
import type { Sources } from "../../../provisioner-bridge/services/sources/sources.ts";
import { startTestBridge, type TestBridge } from "../../support/bridge.ts";
import { sharedRegistryServer } from "../../support/registry-server.ts";
import { type ReportTaker, startReportTaker } from "../../support/report-taker.ts";
import { deployPlan, newService, type Service } from "./fixture.ts";
import { type Machine, startMachine } from "./machine.ts";

let machine: Machine;
let taker: ReportTaker;
let t: TestBridge;
let folder: string;
let key: ReturnType<typeof decryptionJwkSchema.parse>;

beforeAll(async () => {
  const { privateKey } = await generateKeyPair("ECDH-ES", { crv: "P-256", extractable: true });
  key = decryptionJwkSchema.parse({ ...(await exportJWK(privateKey)), kid: "plan-key-1" });
  [machine, taker, folder] = [await startMachine(), await startReportTaker(Date.now), await mkdtemp(join(tmpdir(), "instanode-bridge-"))];
  const env = { ...taker.env, BRIDGE_DATA_DIR: folder, BRIDGE_DECRYPTION_KEYS: JSON.stringify({ keys: [key] }) };
  const sources: Sources = { ...machine.sources, store: () => Promise.reject(new Error("not in this test")), stop: () => {} };
  t = await startTestBridge({ registryServer: await sharedRegistryServer(), env, parts: { driver: machine.driver, sources } });
});
afterAll(async () => {
  await t.close();
  await Promise.all([taker.close(), machine.close(), rm(folder, { recursive: true })]);
});

const post = async (job: ServiceJob) => t.postService(await t.sign(job, randomUUID()));

async function operate(service: Service, plan: OperationPlan, change: { operation_id?: string; generation?: number } = {}) {
  service.generation += 1;
  const { id: service_id, teamId: team_id, generation } = service;
  const jwe = await sealPlan(plan, encryptionJwkSchema.parse(key));
  return post({ kind: "operate", args: { operation_id: randomUUID(), service_id, team_id, generation, plan: jwe, ...change } });
}

const deploy = (service: Service, release: number) => operate(service, deployPlan({ machine }, service, release));

function statusOf(answer: { body: unknown }) {
  return serviceOutcomeSchemas.operate.parse(answer.body).status;
}

const reportsOf = (id: string) =>
  taker.taken.flatMap(({ report }) => (report.kind === "operation" && report.body.operation_id === id ? [report.body] : []));

async function succeeded(id: string) {
  await expect.poll(() => reportsOf(id).at(-1)?.state, { timeout: 20_000 }).toBe("succeeded");
}

test("each status is reported in order until it is taken, the last one says how it ended", async () => {
  taker.answerWith(500, 409);
  const { operation_id: id, state } = statusOf(await deploy(newService(), 1));
  expect(state).toBe("queued");
  await succeeded(id);
  const seqs = reportsOf(id).map(({ seq }) => seq);
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  const answer = await post({ kind: "operations", args: { operation_ids: [id, randomUUID()] } });
  expect(serviceOutcomeSchemas.operations.parse(answer.body).statuses).toEqual([reportsOf(id).at(-1)]);
});

test("the same job again is answered alike; another under its id, an older generation and a late one are refused", async () => {
  const service = newService();
  const plan = deployPlan({ machine }, service, 1);
  const { operation_id } = statusOf(await operate(service, plan));
  expect(statusOf(await operate(service, plan, { operation_id, generation: 1 }))).toMatchObject({ operation_id });
  const other = await operate(service, { ...plan, release: 2 }, { operation_id, generation: 1 });
  expect(other).toMatchObject({ status: 409, body: { error: "job_conflict" } });
  await succeeded(operation_id);

  const access: OperationPlan = { verb: "access", app_id: service.appId, access: { is_private: false, allowed_ips: [] } };
  const { operation_id: newer } = statusOf(await operate(service, access));
  expect(await operate(service, access, { generation: 1 })).toMatchObject({ status: 409, body: { error: "stale_generation" } });
  await succeeded(newer);
  const { operation_id: last } = statusOf(await operate(service, { verb: "delete", app_id: service.appId }));
  await succeeded(last);
  expect(await deploy(service, 2)).toMatchObject({ status: 410, body: { error: "resource_gone" } });
});

test("a plan that this bridge cannot open is refused, and jobs for streams are not taken here", async () => {
  const service = newService();
  const args = { operation_id: randomUUID(), service_id: service.id, team_id: service.teamId, generation: 1, plan: "a.b.c.d.e" };
  expect(await post({ kind: "operate", args })).toMatchObject({ status: 400, body: { error: "malformed_job" } });
  expect(await post({ kind: "store_source", args: { source_id: randomUUID() } })).toMatchObject({ status: 400 });
  const source_id = randomUUID();
  machine.addSource(source_id);
  expect(await post({ kind: "drop_source", args: { source_id } })).toMatchObject({ status: 200, body: { state: "gone" } });
  expect(machine.contents().sources).not.toContain(source_id);
});

type LogArgs = Extract<ServiceJob, { kind: "read_logs" }>["args"];

async function readLog(args: Partial<LogArgs> & { service_id: string }) {
  const all = { source: "build" as const, operation_id: null, tail: null, after: null, follow: false, ...args };
  const jws = await t.sign({ kind: "read_logs", args: all }, randomUUID());
  return fetch(t.url + LOGS_PATH, { headers: { authorization: `Bearer ${jws}` } });
}
const eventsOf = async (args: Parameters<typeof readLog>[0]) => (await (await readLog(args)).text()).split("\n\n").filter(Boolean);

test("a build log is followed while it is written, from any line, and ends", async () => {
  const service = newService();
  let finish = () => {};
  machine.behaviour.build = ({ onLine }) => {
    for (const text of ["step 1", "step 2"]) onLine(text);
    return new Promise((resolve) => {
      finish = resolve;
    });
  };
  const { operation_id: id } = statusOf(await deploy(service, 1));
  const response = await readLog({ service_id: service.id, follow: true });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let read = "";
  while (!read.includes("step 2")) read += (await reader?.read())?.value ?? "";
  finish();
  machine.behaviour = {};
  while (!read.endsWith("data: [end]\n\n")) read += (await reader?.read())?.value ?? "";
  const events = read.split("\n\n").filter(Boolean);
  expect(events.slice(0, 2)).toEqual([expect.stringMatching(/^data: The source has no Dockerfile.*\nid: 1$/), "data: FROM busybox\nid: 2"]);
  expect(events.slice(-2)).toEqual(["data: built release 1\nid: 5", "data: [end]"]);

  await succeeded(id);
  expect(await eventsOf({ service_id: service.id, tail: 2 })).toEqual([
    "data: step 2\nid: 4",
    "data: built release 1\nid: 5",
    "data: [end]",
  ]);
  expect(await eventsOf({ service_id: service.id, operation_id: id, after: "4" })).toEqual(["data: built release 1\nid: 5", "data: [end]"]);
  expect(await eventsOf({ service_id: service.id, source: "run" })).toEqual([
    expect.stringContaining("data: the app has started"),
    "data: [end]",
  ]);
  expect((await readLog({ service_id: randomUUID() })).status).toBe(404);
  expect((await fetch(t.url + LOGS_PATH)).status).toBe(400);
});

test("a team follows 16 logs at once and no more; another team is not held up, and a place that is left is free again", async () => {
  const service = newService();
  const other = newService();
  const finish: (() => void)[] = [];
  machine.behaviour.build = () => new Promise((resolve) => void finish.push(resolve));
  const builds = [statusOf(await deploy(service, 1)), statusOf(await deploy(other, 1))];
  await expect.poll(() => finish.length, { timeout: 20_000 }).toBe(2);
  const follow = async ({ id }: Service) => readLog({ service_id: id, follow: true });
  const readers = await Promise.all(Array.from({ length: 16 }, () => follow(service)));
  expect(readers.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 200));
  const refused = await follow(service);
  expect([refused.status, await refused.json()]).toEqual([429, expect.objectContaining({ error: "too_many_readers" })]);
  const others = await follow(other);
  expect(others.status).toBe(200);

  await readers.pop()?.body?.cancel();
  await expect.poll(async () => (await readLog({ service_id: service.id })).status, { timeout: 20_000 }).toBe(200);
  for (const one of finish) one();
  machine.behaviour = {};
  for (const { operation_id } of builds) await succeeded(operation_id);
  await Promise.all([...readers, others].map(({ body }) => body?.cancel()));
});

test("without a container engine, deploys answer runner_unavailable", async () => {
  const bare = await startTestBridge({ like: t, parts: { driver: null } });
  const service = newService();
  const plan = await sealPlan(deployPlan({ machine }, service, 1), encryptionJwkSchema.parse(key));
  const args = { operation_id: randomUUID(), service_id: service.id, team_id: service.teamId, generation: 1, plan };
  const answer = await bare.postService(await bare.sign({ kind: "operate", args }, randomUUID()));
  expect(answer).toMatchObject({ status: 503, body: { error: "runner_unavailable" } });
  await bare.close();
});

test("no log line of the bridge holds a variable or a plan", async () => {
  const service = newService();
  const { operation_id: id } = statusOf(await deploy(service, 1));
  await succeeded(id);
  expect(t.logs.join("")).not.toContain("canary-of-a-variable");
});
