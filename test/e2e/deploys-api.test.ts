/** Guarantees of the deployments' API, as far as the Worker alone gives them; the bridge's part is stepped by the test. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ErrorCode } from "../../contract/errors.ts";
import { newAccount, newApiKey, type Signed } from "../support/accounts.ts";
import { comparable, expectError } from "../support/answers.ts";
import { type Api, apiOf } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { type DeployedItem, deploy, deployedSchema } from "../support/deploys.ts";
import { query } from "../support/postgres-client.ts";
import { readLogs, startTestStack, type TestStack } from "../support/stack.ts";
import { StandInBridge } from "../support/stand-in-bridge.ts";

const bridge = new StandInBridge();
let test: TestStack;
let api: Api;

beforeAll(async () => {
  test = await startTestStack({ engines: ["postgres"], workerVars: { BRIDGE_URL: await bridge.start() } });
  bridge.attach(test.facts);
  api = apiOf(test.facts);
});
afterAll(async () => {
  await test.dispose();
  bridge.stop();
});

const sql = (text: string, values: unknown[] = []) => query(test.facts.platformUrl, text, values);

async function account(tier = "pro"): Promise<Signed & { token: string }> {
  const made = await newAccount(api, { caller: freshCaller() });
  await sql("UPDATE teams SET tier = $2 WHERE id = (SELECT home_team_id FROM users WHERE email = $1)", [made.email, tier]);
  return { ...made, token: made.created.token };
}

async function deployed(who: Signed, fields: Record<string, string> = {}): Promise<DeployedItem> {
  const answer = await deploy(api, who.bearer, { name: "app", ...fields });
  expect(answer.status, answer.text).toBe(202);
  return deployedSchema.parse(answer.body).item;
}

async function itemOf(who: Signed, { app_id }: DeployedItem): Promise<DeployedItem> {
  const answer = await api.call("GET", `/deploy/${app_id}`, { headers: who.bearer });
  expect(answer.status, answer.text).toBe(200);
  return deployedSchema.parse(answer.body).item;
}

/** The operation is sent after the answer. */
async function sent(item: DeployedItem, count: number) {
  await expect.poll(() => bridge.operated.filter(({ serviceId }) => serviceId === item.id).length).toBe(count);
  return bridge.last(item.id);
}

async function healthy(who: Signed, fields: Record<string, string> = {}): Promise<DeployedItem> {
  const item = await deployed(who, fields);
  await bridge.succeed(await sent(item, 1));
  return itemOf(who, item);
}

const change = (who: Signed, method: string, { app_id }: DeployedItem, below: string, body?: unknown) =>
  api.call(method, `/api/v1/deployments/${app_id}${below}`, { headers: who.bearer, ...(body === undefined ? {} : { body }) });

describe("a deploy", () => {
  it("answers with its URL, goes from building to healthy, and is listed", async () => {
    const who = await account();
    const item = await deployed(who, { port: "3000" });
    expect(item).toMatchObject({
      status: "building",
      release: 1,
      current_release: null,
      url: `https://${item.app_id}.deployment.localhost:8443`,
    });
    const operation = await sent(item, 1);
    expect(operation.plan).toMatchObject({ verb: "deploy", release: 1, port: 3000, app_id: item.app_id, limits: { memory_mb: 1024 } });
    await expect.poll(async () => (await itemOf(who, item)).queue_position).toBe(3);
    await bridge.report(operation, { step: "build" });
    expect((await itemOf(who, item)).status).toBe("building");
    await bridge.report(operation, { step: "start" });
    expect((await itemOf(who, item)).status).toBe("deploying");
    await bridge.succeed(operation);
    expect(await itemOf(who, item)).toMatchObject({ status: "healthy", current_release: 1, queue_position: null });
    const list = await api.call("GET", "/api/v1/deployments", { headers: who.bearer });
    expect(list.body).toMatchObject({ ok: true, total: 1, items: [{ id: item.id }] });
  });

  it("that fails says why, in the item and in the timeline", async () => {
    const who = await account();
    const item = await deployed(who);
    await bridge.fail(await sent(item, 1));
    expect(await itemOf(who, item)).toMatchObject({ status: "failed", failure: { reason: "build_failed" } });
    const { body } = await change(who, "GET", item, "/events");
    expect(body).toMatchObject({
      count: 2,
      events: [{ kind: "failed", reason: "build_failed", exit_code: 1, last_lines: "npm ERR!" }, { kind: "building" }],
    });
  });

  it("is sent again by the cron when the bridge was away, and a late or repeated status changes nothing", async () => {
    const who = await account();
    bridge.isUp = false;
    const item = await deployed(who);
    bridge.isUp = true;
    await sql("UPDATE operations SET created_at = now() - interval '5 minutes', sent_at = NULL WHERE service_id = $1", [item.id]);
    await expect
      .poll(async () => {
        await test.runCron("* * * * *");
        return bridge.operated.some(({ serviceId }) => serviceId === item.id);
      })
      .toBe(true);
    const operation = bridge.last(item.id);
    await bridge.report(operation, { state: "succeeded", seq: 9 });
    await bridge.report(operation, { state: "running", step: "build", seq: 4 });
    await bridge.report(operation, { state: "failed", failure: null, seq: 12 });
    expect((await itemOf(who, item)).status).toBe("healthy");
  });
});

describe("a redeploy", () => {
  it("that fails leaves the old release serving: healthy, with the failure of the new one", async () => {
    const who = await account();
    const item = await healthy(who);
    const answer = await change(who, "POST", item, "/redeploy");
    expect(answer.status, answer.text).toBe(202);
    const operation = await sent(item, 2);
    expect(operation.plan).toMatchObject({ verb: "deploy", release: 2, source: null, image_of: 1 });
    expectError(await change(who, "POST", item, "/redeploy"), "not_ready");
    await bridge.fail(operation, { reason: "not_ready" });
    expect(await itemOf(who, item)).toMatchObject({ status: "healthy", release: 2, current_release: 1, failure: { reason: "not_ready" } });
  });

  it("by an upload updates the newest of its name and env, and takes no place", async () => {
    const who = await account("hobby");
    expectError(await deploy(api, who.bearer, { name: "app", redeploy: "true" }), "no_existing_deployment_to_redeploy");
    const item = await healthy(who, { env_vars: '{"A":"1","B":"2"}' });
    const answer = await deploy(api, who.bearer, { name: "app", redeploy: "true", env_vars: '{"B":"","C":"3"}' });
    expect(answer.status, answer.text).toBe(202);
    expect(deployedSchema.parse(answer.body)).toMatchObject({ redeployed: true, item: { id: item.id, release: 2 } });
    expect((await sent(item, 2)).plan).toMatchObject({ variables: { A: "1", C: "3" } });
  });

  it("can go back to any kept release, stop and start", async () => {
    const who = await account();
    const item = await healthy(who);
    await deploy(api, who.bearer, { name: "app", redeploy: "true" });
    await bridge.succeed(await sent(item, 2));
    expectError(await change(who, "POST", item, "/rollback", { release: 7 }), "release_not_found");
    expect((await change(who, "POST", item, "/rollback", { release: 1 })).status).toBe(202);
    const back = await sent(item, 3);
    expect(back.plan).toMatchObject({ release: 3, image_of: 1 });
    await bridge.succeed(back);
    const { body } = await change(who, "GET", item, "/releases");
    expect(body).toMatchObject({
      items: [
        { release: 3, state: "live", current: true, image_of: 1 },
        { release: 2, state: "superseded", can_roll_back: true },
        { release: 1 },
      ],
    });
    expectError(await change(who, "POST", item, "/start"), "not_ready");
    expect((await change(who, "POST", item, "/stop")).status).toBe(202);
    await bridge.succeed(await sent(item, 4));
    expect((await itemOf(who, item)).status).toBe("stopped");
    expect((await change(who, "POST", item, "/start")).status).toBe(202);
    expect((await sent(item, 5)).plan).toMatchObject({ verb: "deploy", release: 4, image_of: 1 });
  });
});

describe("variables", () => {
  const SECRET = `canary-${randomUUID()}`;

  it("reach the container and nothing else: no answer, no job in clear, no log", async () => {
    const who = await account();
    const item = await healthy(who, {
      env_vars: JSON.stringify({ API_TOKEN: SECRET }),
      resource_bindings: JSON.stringify({ DATABASE_URL: who.token }),
    });
    const { plan } = bridge.last(item.id);
    if (plan.verb !== "deploy") throw new Error("not a deploy");
    expect(plan.variables.API_TOKEN).toBe(SECRET);
    expect(plan.variables.DATABASE_URL).toMatch(/^postgres/);
    const patched = await change(who, "PATCH", item, "/env", { env: { API_TOKEN: "", OTHER: SECRET } });
    expect(patched.status, patched.text).toBe(200);
    expect(deployedSchema.parse(patched.body).item.env).toEqual({ DATABASE_URL: "***", OTHER: "***" });
    const answers = [
      patched.text,
      (await change(who, "GET", item, "")).text,
      (await api.call("GET", "/api/v1/deployments", { headers: who.bearer })).text,
    ];
    for (const text of [...answers, ...bridge.jobs, ...readLogs(test.facts).map(({ text }) => text)]) expect(text).not.toContain(SECRET);
    for (const jws of bridge.jobs) expect(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString()).not.toContain(SECRET);
    const rows = await sql(
      "SELECT s::text || coalesce((SELECT string_agg(o::text, '') FROM operations o WHERE o.service_id = s.id), '') AS row FROM services s",
    );
    expect(JSON.stringify(rows)).not.toContain(SECRET);
  });
});

describe("limits", () => {
  it("n-1 and n are deployed, n+1 is refused until one is deleted", async () => {
    const who = await account("hobby_plus");
    const first = await deployed(who);
    await deployed(who);
    const before = bridge.sources.size;
    expectError(await deploy(api, who.bearer, { name: "app" }), "deployment_limit_reached");
    await expect.poll(() => bridge.sources.size).toBe(before);
    expectError(await change(who, "DELETE", first, ""), "deletion_confirmation_required");
    const headers = { ...who.bearer, "X-Skip-Email-Confirmation": "yes" };
    const deleted = await api.call("DELETE", `/deploy/${first.app_id}`, { headers });
    expect(deleted.status, deleted.text).toBe(200);
    await deployed(who);
    await expect.poll(() => bridge.last(first.id).plan.verb).toBe("delete");
    await bridge.succeed(bridge.last(first.id));
    expectError(await change(who, "GET", first, ""), "not_found");
    expect(await sql("SELECT action FROM audit_log WHERE target_id = $1 ORDER BY id", [first.id])).toEqual([
      { action: "deployment.created" },
      { action: "deployment.deleted" },
    ]);
  });

  it("resources and deployments are counted apart", async () => {
    const who = await account("hobby");
    await deployed(who);
    const made = await api.call("POST", "/db/new", { headers: who.bearer, body: { name: "db" } });
    expect(made.status, made.text).toBe(201);
  });
});

describe("an Idempotency-Key", () => {
  it("makes one deployment of two uploads, answers alike, and refuses another body", async () => {
    const who = await account();
    const headers = { ...who.bearer, "Idempotency-Key": randomUUID() };
    const first = await deploy(api, headers, { name: "app" });
    await expect.poll(async () => (await deploy(api, headers, { name: "app" })).headers.get("x-idempotent-replay")).toBe("true");
    const again = await deploy(api, headers, { name: "app" });
    expect([again.status, again.text]).toEqual([202, first.text]);
    expectError(await deploy(api, headers, { name: "other" }), "idempotency_key_conflict");
    expect(await sql("SELECT count(*)::int AS n FROM services WHERE id = $1", [deployedSchema.parse(first.body).item.id])).toEqual([
      { n: 1 },
    ]);
  });
});

describe("who", () => {
  it("a request without a credential is told how to get one; a viewer's scope cannot deploy", async () => {
    const refused = expectError(await deploy(api, {}, { name: "app" }), "unauthorized");
    expect(refused.error_code).toBe("missing_credentials");
    expect(refused.agent_action).toMatch(/\/claim/);
    const key = await newApiKey(api, await account(), ["read"]);
    expectError(await deploy(api, key.bearer, { name: "app" }), "insufficient_scope");
    expect((await api.call("GET", "/deploy/new")).status).toBe(200);
  });

  it("another team gets the same bytes as for what does not exist, under both prefixes", async () => {
    const item = await deployed(await account());
    const other = await account();
    const ask = async (method: string, path: string) =>
      comparable(
        await api.call(method, path, {
          headers: { ...other.bearer, "X-Request-ID": "same", "X-Skip-Email-Confirmation": "yes" },
          ...(method === "GET" ? {} : { body: { env: { A: "1" }, hours: 1, release: 1, private: false } }),
        }),
      );
    for (const [method, below] of [
      ["GET", ""],
      ["GET", "/logs"],
      ["GET", "/events"],
      ["GET", "/releases"],
      ["PATCH", ""],
      ["PATCH", "/env"],
      ["POST", "/redeploy"],
      ["POST", "/rollback"],
      ["POST", "/stop"],
      ["POST", "/start"],
      ["POST", "/ttl"],
      ["POST", "/make-permanent"],
      ["DELETE", ""],
    ] as const)
      for (const prefix of ["/deploy", "/api/v1/deployments"]) {
        const nothing = await ask(method, `${prefix}/zzzzzzz9${below}`);
        expect(nothing.status, `${method} ${below}`).toBe(404);
        for (const id of [item.app_id, item.id]) expect(await ask(method, `${prefix}/${id}${below}`)).toEqual(nothing);
      }
  });
});

describe("fields", () => {
  const rows: [what: string, fields: Record<string, string>, code: ErrorCode, tier?: string][] = [
    ["no name", { name: "" }, "name_required"],
    ["a bad name", { name: "-x" }, "invalid_name"],
    ["a port that is no number", { port: "http" }, "invalid_port"],
    ["a port that containers may not open", { port: "80" }, "invalid_port"],
    ["a port too high", { port: "65536" }, "invalid_port"],
    ["a bad env", { env: "Prod" }, "invalid_env"],
    ["variables that are no JSON", { env_vars: "A=1" }, "invalid_env_vars"],
    ["a variable that is no text", { env_vars: '{"A":1}' }, "invalid_env_vars"],
    ["a variable in lower case", { env_vars: '{"a":"1"}' }, "invalid_env_key"],
    ["PORT as a variable", { env_vars: '{"PORT":"1"}' }, "invalid_env_key"],
    ["more variables than fit", { env_vars: JSON.stringify({ A: "x".repeat(70_000) }) }, "env_too_large"],
    ["bindings that are no JSON", { resource_bindings: "x" }, "invalid_resource_binding"],
    ["a binding that is no token", { resource_bindings: '{"A":"x"}' }, "invalid_resource_binding"],
    [
      "a binding of nothing",
      { resource_bindings: JSON.stringify({ A: "00000000-0000-4000-8000-000000000000" }) },
      "resource_binding_not_found",
    ],
    ["a boolean that is none", { redeploy: "maybe" }, "type_mismatch"],
    ["an unknown lifetime", { ttl_policy: "forever" }, "invalid_ttl_policy"],
    ["private without addresses", { private: "true" }, "private_deploy_requires_allowed_ips"],
    ["private on a small tier", { private: "true", allowed_ips: "203.0.113.7" }, "private_deploy_requires_pro", "hobby"],
    ["an address that is none", { private: "true", allowed_ips: "203.0.113" }, "invalid_allowed_ip"],
    ["33 addresses", { private: "true", allowed_ips: Array(33).fill("203.0.113.7").join(",") }, "too_many_allowed_ips"],
    ["a webhook without TLS", { notify_webhook: "http://hooks.example.com/" }, "invalid_notify_webhook"],
    ["a webhook in our network", { notify_webhook: "https://10.0.0.1/" }, "invalid_notify_webhook"],
    ["a field we do not serve", { replicas: "3" }, "unsupported_field"],
  ];
  const accounts = new Map<string, ReturnType<typeof account>>();
  const sharedAccount = (tier: string) => accounts.get(tier) ?? accounts.set(tier, account(tier)).get(tier) ?? account(tier);

  it.each(rows)("%s", async (_what, fields, code, tier = "pro") => {
    const who = await sharedAccount(tier);
    const before = bridge.sources.size;
    expectError(await deploy(api, who.bearer, { name: "app", ...fields }), code);
    await expect.poll(() => bridge.sources.size).toBe(before);
    expect((await api.call("GET", "/api/v1/deployments", { headers: who.bearer })).body).toMatchObject({ total: 0 });
  });

  it("no tarball", async () => {
    expectError(await deploy(api, (await account()).bearer, { name: "app" }, null), "missing_tarball");
  });

  it("of changes", async () => {
    const who = await account();
    const item = await healthy(who);
    const changes: [method: string, below: string, body: unknown, code: ErrorCode][] = [
      ["PATCH", "", {}, "missing_fields"],
      ["PATCH", "", { private: true }, "private_deploy_requires_allowed_ips"],
      ["PATCH", "", { private: "yes" }, "type_mismatch"],
      ["PATCH", "", { allowed_ips: ["x"] }, "invalid_allowed_ip"],
      ["PATCH", "", { allowed_ips: Array(33).fill("203.0.113.7") }, "too_many_allowed_ips"],
      ["PATCH", "/env", {}, "missing_fields"],
      ["PATCH", "/env", { env: { a: "1" } }, "invalid_env_key"],
      ["PATCH", "/env", { env: [] }, "invalid_env_vars"],
      ["POST", "/ttl", { hours: 0 }, "invalid_hours"],
      ["POST", "/ttl", { hours: 8761 }, "invalid_hours"],
      ["POST", "/rollback", {}, "invalid_release"],
    ];
    for (const [method, below, body, code] of changes) expectError(await change(who, method, item, below, body), code);
    const patched = await change(who, "PATCH", item, "", { private: true, allowed_ips: ["203.0.113.7/24", "2001:DB8::1"] });
    expect(deployedSchema.parse(patched.body).item).toMatchObject({ private: true, allowed_ips: ["203.0.113.0/24", "2001:db8::1"] });
    expect((await sent(item, 2)).plan).toEqual({
      verb: "access",
      app_id: item.app_id,
      access: { is_private: true, allowed_ips: ["203.0.113.0/24", "2001:db8::1"] },
    });
  });
});

describe("a lifetime", () => {
  it("that has ended removes the deployment, frees its place and shows as expired", async () => {
    const who = await account("hobby");
    const item = await healthy(who, { ttl_policy: "auto_24h" });
    await sql("UPDATE services SET expires_at = now() - interval '1 minute' WHERE id = $1", [item.id]);
    await test.runCron("* * * * *");
    expect((await itemOf(who, item)).status).toBe("expired");
    expect((await sent(item, 2)).plan.verb).toBe("delete");
    await deployed(who);
  });
});

it("logs are the bridge's stream", async () => {
  const who = await account();
  const answer = await change(who, "GET", await healthy(who), "/logs");
  expect([answer.status, answer.headers.get("content-type")?.split(";")[0], answer.text]).toEqual([
    200,
    "text/event-stream",
    "id: 1\ndata: hello\n\ndata: [end]\n\n",
  ]);
});
