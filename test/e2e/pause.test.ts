/** A paused resource refuses every connection where it lives, and keeps its data: resumed, the same URL and password open the same data. */
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { newAccount, newApiKey, type Signed } from "../support/accounts.ts";
import { expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { outcomeOf, quick, withMongo } from "../support/mongodb.ts";
import { openQueue, outcomeOf as queueOutcome, queueSchema } from "../support/nats-client.ts";
import { query, refusalOf, withClient } from "../support/postgres-client.ts";
import { commands, ordinaryClient, outcomeOf as redisOutcome } from "../support/redis.ts";
import { bearer } from "../support/resources.ts";
import { api, stack } from "../support/shared-stack.ts";
import { runCron } from "../support/stack.ts";
import { clientOf, keyFields, presign } from "../support/storage.ts";

const NO_LOGIN = "28000";
const EVERY_MINUTE = "* * * * *";
const madeSchema = z.looseObject({ id: z.uuid(), token: z.uuid() });
type Made = z.infer<typeof madeSchema>;

const platform = (text: string, values: unknown[]) => query(stack.platformUrl, text, values);
let team: Signed;

beforeAll(async () => {
  team = await proTeam();
});

async function proTeam(): Promise<Signed> {
  const account = await newAccount(api, { caller: freshCaller() });
  await platform("UPDATE teams SET tier = 'pro' WHERE id = (SELECT team_id FROM resources WHERE id = $1)", [account.created.id]);
  return account;
}

async function create(path: string, by: Signed = team): Promise<Made> {
  const answer = await api.call("POST", path, { headers: by.bearer, body: { name: "to-pause" } });
  expect(answer.status, answer.text).toBe(201);
  return madeSchema.parse(answer.body);
}
const call = (method: string, { token }: Made, rest = "", headers: Record<string, string> = team.bearer) =>
  api.call(method, `/api/v1/resources/${token}${rest}`, { headers });
const pause = (made: Made) => call("POST", made, "/pause");
const resume = (made: Made) => call("POST", made, "/resume");
const urlOf = (made: Made) => z.string().parse(made.connection_url);
const item = async (made: Made) => z.object({ item: z.looseObject({}) }).parse((await call("GET", made)).body).item;
const auditOf = async ({ id }: Made) => {
  const rows = await platform(
    "SELECT action FROM audit_log WHERE target_id = $1 AND action IN ('resource.paused', 'resource.resumed') ORDER BY id",
    [id],
  );
  return rows.map(({ action }) => action);
};

async function postRefusal({ token }: Made): Promise<string | null> {
  const { status, text } = await api.call("POST", `/webhook/receive/${token}`, { body: "x" });
  return status === 200 ? null : text;
}

/** Whoever lost to the other is told what it is, in words and in its status alike. */
function saysWhatItIs(body: unknown) {
  const { status } = z.object({ status: z.enum(["active", "paused"]) }).parse(body);
  return { resource: { status }, message: expect.stringMatching(status === "paused" ? /^Paused/ : /^Active/) };
}

async function paused(made: Made): Promise<void> {
  const answer = await pause(made);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.body).toMatchObject({
    ok: true,
    id: made.id,
    token: made.token,
    status: "paused",
    message: expect.stringMatching(/^Paused: connections are refused/),
    resource: { status: "paused", access: "none", access_reason: "paused" },
  });
  expect(answer.text).not.toContain("connection_url");
}
async function resumed(made: Made): Promise<void> {
  const answer = await resume(made);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.body).toMatchObject({
    ok: true,
    id: made.id,
    status: "active",
    message: expect.stringMatching(/^Active/),
    resource: { status: "active", access: "full" },
  });
  expect(await item(made)).not.toHaveProperty("paused_at");
}

describe("paused and resumed", () => {
  it.each(["/db/new", "/vector/new"])("%s: logins are refused, open sessions end; then the same URL has the same data", async (path) => {
    const made = await create(path);
    await withClient(urlOf(made), async (client) => {
      await client.query("CREATE TABLE kept AS SELECT 1 AS i");
      await paused(made);
      await expect(client.query("SELECT 1")).rejects.toThrow();
    });
    expect(await refusalOf(urlOf(made), "SELECT 1")).toBe(NO_LOGIN);
    await resumed(made);
    expect(await refusalOf(urlOf(made), "INSERT INTO kept SELECT count(*) FROM kept")).toBeNull();
    expect(await auditOf(made)).toEqual(["resource.paused", "resource.resumed"]);
  });

  it("a cache: the same", async () => {
    const made = await create("/cache/new");
    const key = `${z.string().parse(made.key_prefix)}kept`;
    await commands(urlOf(made), [["SET", key, "1"]]);
    const open = await ordinaryClient(urlOf(made)).connect();
    const ended = new Promise((resolve) => open.once("error", resolve));
    await paused(made);
    await ended;
    open.destroy();
    expect(await redisOutcome(commands(urlOf(made), [["GET", key]]))).toMatch(/WRONGPASS|NOPERM|NOAUTH/);
    await resumed(made);
    expect(
      await commands(urlOf(made), [
        ["GET", key],
        ["SET", key, "2"],
      ]),
    ).toEqual(["1", "OK"]);
  });

  it("a MongoDB database: nothing an open session sends is done any more, and nobody logs in", async () => {
    const made = await create("/nosql/new");
    await withMongo(urlOf(made), async (client) => {
      const kept = client.db().collection("kept");
      await kept.insertOne({ i: 1 });
      await paused(made);
      expect(await outcomeOf(kept.findOne({}))).not.toBe("ok");
    });
    expect(await outcomeOf(withMongo(urlOf(made), (client) => client.db().collection("kept").findOne({}), quick()))).not.toBe("ok");
    await resumed(made);
    expect(await withMongo(urlOf(made), (client) => client.db().collection("kept").findOne({}))).toMatchObject({ i: 1 });
  });

  it("a queue: connections end, nobody connects; then the same credentials do", async () => {
    const made = await create("/queue/new");
    const queue = queueSchema.parse(made);
    const open = await openQueue(queue);
    const closed = open.closed();
    await paused(made);
    await closed;
    expect(await queueOutcome(openQueue(queue))).not.toBe("ok");
    await resumed(made);
    await (await openQueue(queue)).close();
  });

  it("storage: keys do nothing, nothing is signed, no keys are handed out; then the same keys work", async () => {
    const made = await create("/storage/new");
    const keys = z.object({ ...keyFields, endpoint: z.url(), prefix: z.string() }).parse(made);
    const object = { Bucket: keys.bucket, Key: `${keys.prefix}/kept` };
    await clientOf(keys).send(new PutObjectCommand({ ...object, Body: "kept" }));
    await paused(made);
    await expect(clientOf(keys).send(new GetObjectCommand(object))).rejects.toThrow();
    for (const operation of ["GET", "PUT"]) expectError(await presign(api, made.token, { operation, key: "kept" }), "resource_paused");
    expectError(await api.call("POST", `/storage/${made.token}/credentials`, { headers: team.bearer }), "resource_paused");
    await resumed(made);
    const { Body } = await clientOf(keys).send(new GetObjectCommand(object));
    expect(await Body?.transformToString()).toBe("kept");
    expect((await presign(api, made.token, { operation: "GET", key: "kept" })).status).toBe(200);
  });

  it("storage whose keys were changed meanwhile gives new ones, and signs with them", async () => {
    const made = await create("/storage/new");
    await paused(made);
    expect((await call("POST", made, "/rotate-credentials")).status).toBe(200);
    await resumed(made);
    const answer = await call("GET", made, "/credentials");
    const keys = z.object({ access_key_id: z.string(), secret_access_key: z.string(), session_token: z.string() }).parse(answer.body);
    expect(keys.access_key_id).not.toBe(made.access_key_id);
    const signed = await presign(api, made.token, { operation: "PUT", key: "new" });
    expect((await fetch(z.object({ url: z.url() }).parse(signed.body).url, { method: "PUT", body: "x" })).status).toBe(200);
  });

  it("an inbox: takes no post and shows what it has; then the same URL takes posts", async () => {
    const made = await create("/webhook/new");
    const post = (body: string) => api.call("POST", `/webhook/receive/${made.token}`, { body });
    const bodies = async () =>
      z
        .object({ requests: z.array(z.object({ body: z.string() })) })
        .parse((await api.call("GET", `/api/v1/webhooks/${made.token}/requests`, { headers: team.bearer })).body)
        .requests.map(({ body }) => body);
    expect((await post("before")).status).toBe(200);
    await paused(made);
    expectError(await post("while"), "webhook_inactive");
    expect(await bodies()).toEqual(["before"]);
    await resumed(made);
    expect((await post("after")).status).toBe(200);
    expect(await bodies()).toEqual(["after", "before"]);
  });
});

describe("a pause", () => {
  it("said again is 409 and changes nothing; so is a resume of what is not paused", async () => {
    const made = await create("/db/new");
    expectError(await resume(made), "not_paused");
    await paused(made);
    expectError(await pause(made), "already_paused");
    await resumed(made);
    expectError(await resume(made), "not_paused");
    expect(await auditOf(made)).toEqual(["resource.paused", "resource.resumed"]);
  });

  it("of ten at once is decided once, and the engine follows it", async () => {
    const made = await create("/db/new");
    const answers = await Promise.all(Array.from({ length: 10 }, () => pause(made)));
    for (const { status, text } of answers) expect([200, 409], text).toContain(status);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    expect(await auditOf(made)).toEqual(["resource.paused"]);
    expect(await refusalOf(urlOf(made), "SELECT 1")).toBe(NO_LOGIN);
  });

  it.each([
    ["/db/new", (made: Made) => refusalOf(urlOf(made), "SELECT 1")],
    ["/webhook/new", (made: Made) => postRefusal(made)],
  ])("and a resume of %s at once, ten times, leave what it is as the row says", async (path, refusal) => {
    const made = await create(path);
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all([pause(made), resume(made)]);
      for (const { status, text, body } of answers) {
        expect([200, 409], text).toContain(status);
        if (status === 200) expect(body).toMatchObject(saysWhatItIs(body));
      }
      const isPaused = (await item(made)).status === "paused";
      expect((await refusal(made)) !== null, `round ${round}`).toBe(isPaused);
    }
  });

  it("is for tiers that have it; whoever has it no more still gets his things back", async () => {
    const hobby = await newAccount(api, { caller: freshCaller() });
    const refused = expectError(await call("POST", hobby.created, "/pause", hobby.bearer), "upgrade_required");
    expect(refused.upgrade_url).toBe(`${stack.publicUrl}/pricing`);
    const own = await proTeam();
    const made = await create("/db/new", own);
    expect((await call("POST", made, "/pause", own.bearer)).status).toBe(200);
    await platform("UPDATE teams SET tier = 'hobby' WHERE id = (SELECT team_id FROM resources WHERE id = $1)", [made.id]);
    expect((await call("POST", made, "/resume", own.bearer)).status).toBe(200);
    expectError(await call("POST", made, "/pause", own.bearer), "upgrade_required");
  });

  it("needs a key that may write, and is not its holder's, nor the team's of what only came along", async () => {
    const made = await create("/db/new");
    const read = await newApiKey(api, team, ["read"]);
    for (const rest of ["/pause", "/resume"]) expectError(await call("POST", made, rest, read.bearer), "insufficient_scope");
    const write = await newApiKey(api, team, ["write"]);
    expect((await call("POST", made, "/pause", write.bearer)).status).toBe(200);
    const anonymous = await api.create();
    expectError(await call("POST", anonymous, "/pause", bearer(anonymous.upgrade_jwt)), "unauthorized");
    const [row] = await platform("SELECT team_id FROM resources WHERE id = $1", [made.id]);
    await platform("UPDATE resources SET team_id = $2, attached_provisionally = true, expires_at = NULL WHERE id = $1", [
      anonymous.id,
      row?.team_id,
    ]);
    for (const rest of ["/pause", "/resume"]) expectError(await call("POST", anonymous, rest), "confirmation_required");
  });

  it("does not keep it from being rotated: the new password opens it after the resume, the old one does not", async () => {
    const made = await create("/db/new");
    await paused(made);
    const rotated = madeRotated((await call("POST", made, "/rotate-credentials")).body);
    expect(await refusalOf(rotated, "SELECT 1")).toBe(NO_LOGIN);
    await resumed(made);
    expect([await refusalOf(rotated, "SELECT 1"), await refusalOf(urlOf(made), "SELECT 1")]).toEqual([null, "28P01"]);
  });

  it("does not keep it from being deleted", async () => {
    const made = await create("/db/new");
    await paused(made);
    expect((await call("DELETE", made)).status).toBe(200);
    for (const rest of ["/pause", "/resume"]) expectError(await call("POST", made, rest), "not_found");
    await vi.waitFor(async () => expect(await refusalOf(urlOf(made), "SELECT 1")).not.toBe(NO_LOGIN), { timeout: 20_000 });
  });

  it("ends where a cut of the metering still holds: the resume gives back no more than that", async () => {
    const made = await create("/db/new");
    await platform("UPDATE resources SET access = 'read_only', access_reason = 'storage_limit_exceeded' WHERE id = $1", [made.id]);
    await paused(made);
    const answer = await resume(made);
    expect(answer.body).toMatchObject({ status: "active", resource: { access: "read_only", access_reason: "storage_limit_exceeded" } });
    expect(await refusalOf(urlOf(made), "CREATE TABLE t ()")).toBe("25006");
  });

  it("that the engine never heard of is brought to it by the cron", async () => {
    const made = await create("/db/new");
    // As a Worker leaves it that died behind its statement.
    await platform(
      "UPDATE resources SET paused_at = now(), generation = generation + 1, limit_generation = generation + 1, changed_at = now() - interval '80 seconds' WHERE id = $1",
      [made.id],
    );
    await runCron(stack, EVERY_MINUTE);
    await vi.waitFor(async () => expect(await refusalOf(urlOf(made), "SELECT 1")).toBe(NO_LOGIN), { timeout: 20_000 });
    await resumed(made);
  });

  it("that was cut off is taken up by the next one, which answers when it is done", async () => {
    const made = await create("/db/new");
    await platform(
      "UPDATE resources SET paused_at = now(), generation = generation + 1, limit_generation = generation + 1, changed_at = now() WHERE id = $1",
      [made.id],
    );
    await paused(made);
    expect(await refusalOf(urlOf(made), "SELECT 1")).toBe(NO_LOGIN);
    expectError(await pause(made), "already_paused");
  });
});

const madeRotated = (body: unknown) => z.object({ connection_url: z.string() }).parse(body).connection_url;
