/**
 * What a deployment's `notify_webhook` receives: one signed POST per ended release or change of state, again while its receiver may recover. One server stands
 * for the public internet; that the real network reaches nothing else is test/e2e/public-network.test.ts's.
 */
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { newAccount, type Signed } from "../support/accounts.ts";
import { type Api, apiOf } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { type DeployedItem, deploy, deployedSchema } from "../support/deploys.ts";
import { query } from "../support/postgres-client.ts";
import { startTestStack, type TestStack } from "../support/stack.ts";
import { StandInBridge } from "../support/stand-in-bridge.ts";

const SECRET = "a-secret-of-the-receiver";
const EVERY_MINUTE = "* * * * *";
/** The first attempt and three more. */
const ATTEMPTS_MAX = 4;

type Arrived = { method: string; url: string; host: string; signature: unknown; body: string };
const arrived: Arrived[] = [];
let status = 200;
const internet = createServer(async (request, response) => {
  const { method = "", url = "", headers } = request;
  arrived.push({ method, url, host: headers.host ?? "", signature: headers["x-instanode-signature"], body: await text(request) });
  response.writeHead(status, { location: "https://elsewhere.example/" }).end();
});

const bridge = new StandInBridge();
let own: TestStack;
let api: Api;
let owner: Signed;
beforeAll(async () => {
  await new Promise<void>((resolve) => internet.listen(0, "127.0.0.1", resolve));
  const publicInternet = `127.0.0.1:${(internet.address() as AddressInfo).port}`;
  own = await startTestStack({ engines: ["postgres"], publicInternet, workerVars: { BRIDGE_URL: await bridge.start() } });
  bridge.attach(own.facts);
  api = apiOf(own.facts);
  owner = await newAccount(api, { caller: freshCaller() });
  await sql("UPDATE teams SET tier = 'team' WHERE id = (SELECT home_team_id FROM users WHERE email = $1)", [owner.email]);
});
afterAll(async () => {
  await own?.dispose();
  bridge.stop();
  internet.close();
});
beforeEach(() => {
  arrived.length = 0;
  status = 200;
});

const sql = (statement: string, values: unknown[] = []) => query(own.facts.platformUrl, statement, values);

async function deployed(fields: Record<string, string> = {}) {
  const notify = { notify_webhook: "https://hooks.example.com:8443/deploys?from=app", ...fields };
  const answer = await deploy(api, owner.bearer, { name: "app", ...notify });
  expect(answer.status, answer.text).toBe(202);
  const { item } = deployedSchema.parse(answer.body);
  await expect.poll(() => bridge.operated.some(({ serviceId }) => serviceId === item.id)).toBe(true);
  return { item, operation: bridge.last(item.id) };
}

const stateOf = async ({ app_id }: DeployedItem) => {
  const { body } = await api.call("GET", `/deploy/${app_id}`, { headers: owner.bearer });
  const { notify_state, notify_attempts } = deployedSchema.parse(body).item;
  return [notify_state, notify_attempts];
};

/** As if the pause before the next attempt were over. */
async function nextAttempt({ id }: DeployedItem): Promise<void> {
  await sql("UPDATE services SET notify_due_at = now() - interval '1 second' WHERE id = $1 AND notify_state = 'pending'", [id]);
  await own.runCron(EVERY_MINUTE);
}

it("a release that is healthy: one POST, signed over its bytes", async () => {
  const { item, operation } = await deployed({ notify_webhook_secret: SECRET });
  await bridge.succeed(operation);
  await expect.poll(() => stateOf(item)).toEqual(["sent", 1]);
  const [notice] = arrived;
  const signature = `sha256=${createHmac("sha256", SECRET)
    .update(notice?.body ?? "")
    .digest("hex")}`;
  expect(notice).toMatchObject({ method: "POST", url: "/deploys?from=app", host: "hooks.example.com:8443", signature });
  expect(JSON.parse(notice?.body ?? "")).toMatchObject({ event: "deploy.healthy", deploy_id: item.id, app_id: item.app_id, url: item.url });
  await nextAttempt(item);
  expect(arrived).toHaveLength(1);
});

it("a release that failed: why; without a secret, no signature", async () => {
  const { item, operation } = await deployed();
  await bridge.fail(operation);
  await expect.poll(() => stateOf(item)).toEqual(["sent", 1]);
  expect(JSON.parse(arrived[0]?.body ?? "")).toMatchObject({ event: "deploy.failed", error_message: "The build failed." });
  expect(arrived[0]?.signature).toBeUndefined();
});

it("a receiver that answers 5xx is asked again, and no more once it has taken the notice", async () => {
  status = 503;
  const { item, operation } = await deployed();
  await bridge.succeed(operation);
  await expect.poll(() => stateOf(item)).toEqual(["pending", 1]);
  await own.runCron(EVERY_MINUTE);
  expect(arrived, "before its time").toHaveLength(1);
  status = 204;
  await nextAttempt(item);
  expect(await stateOf(item)).toEqual(["sent", 2]);
  await nextAttempt(item);
  expect(arrived.map(({ body }) => body)).toEqual([arrived[0]?.body, arrived[0]?.body]);
});

it(`a receiver that never recovers is asked ${ATTEMPTS_MAX} times`, async () => {
  status = 500;
  const { item, operation } = await deployed();
  await bridge.succeed(operation);
  await expect.poll(() => stateOf(item)).toEqual(["pending", 1]);
  for (let attempt = 2; attempt <= ATTEMPTS_MAX + 1; attempt += 1) await nextAttempt(item);
  expect([await stateOf(item), arrived.length]).toEqual([["failed", ATTEMPTS_MAX], ATTEMPTS_MAX]);
});

it.each([302, 404])("a receiver that answers %i is not asked again, nor is another", async (answer) => {
  status = answer;
  const { item, operation } = await deployed();
  await bridge.succeed(operation);
  await expect.poll(() => stateOf(item)).toEqual(["failed", 1]);
  await nextAttempt(item);
  expect(arrived).toHaveLength(1);
});

describe("an app that runs", () => {
  const failure = {
    reason: "crash_loop",
    event: "The app ended.",
    hint: "Read the log.",
    exit_code: 1,
    last_lines: "boom",
    occurred_at: new Date(0).toISOString(),
  } as const;
  const itemOf = async ({ app_id }: DeployedItem): Promise<DeployedItem> =>
    deployedSchema.parse((await api.call("GET", `/deploy/${app_id}`, { headers: owner.bearer })).body).item;
  const change = (method: string, { app_id }: DeployedItem, below: string) =>
    api.call(method, `/deploy/${app_id}${below}`, { headers: owner.bearer });

  it("shows as failed while the bridge says so, in item, timeline and notices, and can be stopped", async () => {
    const { item, operation } = await deployed();
    await bridge.succeed(operation);
    await expect.poll(() => arrived.length).toBe(1);
    const state = { service_id: item.id, generation: 1, release: 1 };
    await bridge.reportState({ ...state, seq: 3, failure });
    expect(await itemOf(item)).toMatchObject({ status: "failed", current_release: 1, failure });
    await expect.poll(() => arrived.length).toBe(2);
    expect(JSON.parse(arrived[1]?.body ?? "")).toMatchObject({ event: "deploy.failed", error_message: "The app ended." });
    // Late, and again.
    await bridge.reportState({ ...state, seq: 2, failure: null });
    await bridge.reportState({ ...state, seq: 3, failure: null });
    expect((await itemOf(item)).status).toBe("failed");
    await bridge.reportState({ ...state, seq: 4, failure: null });
    const again = await itemOf(item);
    expect([again.status, again.failure]).toEqual(["healthy", undefined]);
    const { body } = await change("GET", item, "/events");
    expect(body).toMatchObject({
      events: [{ kind: "healthy" }, { kind: "failed", reason: "crash_loop", exit_code: 1 }, { kind: "healthy" }, {}],
    });

    await bridge.reportState({ ...state, seq: 5, failure });
    expect((await change("POST", item, "/stop")).status).toBe(202);
    await expect.poll(() => bridge.last(item.id).plan.verb).toBe("stop");
    await bridge.succeed(bridge.last(item.id));
    const stopped = await itemOf(item);
    expect([stopped.status, stopped.failure]).toEqual(["stopped", undefined]);
  });

  it("is not changed by a state from before its newest operation, or of another release", async () => {
    const { item, operation } = await deployed();
    await bridge.succeed(operation);
    await bridge.reportState({ service_id: item.id, generation: 1, release: 2, seq: 1, failure });
    expect((await change("POST", item, "/redeploy")).status).toBe(202);
    await bridge.reportState({ service_id: item.id, generation: 1, release: 1, seq: 2, failure });
    await expect.poll(() => bridge.last(item.id).generation).toBe(2);
    await bridge.succeed(bridge.last(item.id));
    expect((await itemOf(item)).status).toBe("healthy");
  });
});
