/** Two callers behind one address, and one of them claims: what is the other's stays the other's. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { plans } from "../../contract/plans.ts";
import { claimIt, freshEmail, mailsTo, newestLink, type Signed } from "../support/accounts.ts";
import { createdFields, expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { createInbox } from "../support/inbox.ts";
import { documentSchema, operationsOf } from "../support/openapi.ts";
import { query } from "../support/postgres-client.ts";
import { bearer, holderOf } from "../support/resources.ts";
import { api, stack } from "../support/shared-stack.ts";
import { presign, presigned } from "../support/storage.ts";

const document = documentSchema.parse((await api.call("GET", "/openapi.json")).body);
/** Whatever tells about a whole account, as it is listed: a new one is asked as well. */
const ACCOUNT_READS = operationsOf(document)
  .filter(({ method, path, security }) => method === "GET" && !path.includes("{") && security.some((rule) => "bearerAuth" in rule))
  .map(({ path }) => path);
const anySchema = z.looseObject(createdFields);
const PUT = { operation: "PUT", key: "a" };
const rowOf = async (id: string) => (await query(stack.platformUrl, "SELECT * FROM resources WHERE id = $1", [id]))[0] ?? {};
/** What its holder knows and a neighbour is not told. */
const VEILED = { name: null, env: null, storage_bytes: null, storage_exceeded: false, access: null };
const itemOf = async (token: string, headers: Record<string, string>) => {
  const answer = await api.call("GET", `/api/v1/resources/${token}`, { headers });
  expect(answer.status, answer.text).toBe(200);
  return z.object({ item: z.record(z.string(), z.unknown()) }).parse(answer.body).item;
};

describe("two callers behind one address", () => {
  it("one claims: the other's resource lives on, is closed to him, and is taken back by its own JWT", async () => {
    const caller = freshCaller();
    const [mine, theirs] = [await api.create({ caller, name: "mine" }), await api.create({ caller, name: "theirs" })];
    const me = await claimIt(api, mine, { caller });
    expect(await rowOf(theirs.id)).toMatchObject({ attached_provisionally: true, expires_at: null });
    expect(await itemOf(theirs.token, me.bearer)).toMatchObject({ id: theirs.id, provisional: true, ...VEILED });
    for (const [method, path] of [
      ["GET", "/credentials"],
      ["POST", "/rotate-credentials"],
      ["DELETE", ""],
    ] as const) {
      expectError(await api.call(method, `/api/v1/resources/${theirs.token}${path}`, { headers: me.bearer }), "confirmation_required");
    }
    const confirm = (jwt: string) =>
      api.call("POST", `/api/v1/resources/${theirs.token}/confirm`, { headers: me.bearer, body: { upgrade_jwt: jwt } });
    expectError(await confirm(mine.upgrade_jwt), "invalid_token");

    const opened = await api.call("GET", `/api/v1/resources/${theirs.token}/credentials`, {
      headers: { Authorization: `Bearer ${theirs.upgrade_jwt}` },
    });
    expect(opened.body).toMatchObject({ connection_url: theirs.connection_url });
    const they = await claimIt(api, theirs, { caller });
    expect(await itemOf(theirs.token, they.bearer)).toMatchObject({ id: theirs.id });
    expectError(await api.call("GET", `/api/v1/resources/${theirs.token}`, { headers: me.bearer }), "not_found");
    const after = { headers: { Authorization: `Bearer ${theirs.upgrade_jwt}` } };
    expect(expectError(await api.call("GET", `/api/v1/resources/${theirs.token}/credentials`, after), "unauthorized").error_code).toBe(
      "invalid_claims",
    );
  });

  it("who has its own JWT confirms it, and then it is wholly his", async () => {
    const caller = freshCaller();
    const [one, other] = [await api.create({ caller }), await api.create({ caller })];
    const me = await claimIt(api, one, { caller });
    const confirmed = await api.call("POST", `/api/v1/resources/${other.token}/confirm`, {
      headers: me.bearer,
      body: { upgrade_jwt: other.upgrade_jwt },
    });
    expect(confirmed.status, confirmed.text).toBe(200);
    const { body } = await api.call("GET", `/api/v1/resources/${other.token}/credentials`, { headers: me.bearer });
    expect(body).toMatchObject({ connection_url: other.connection_url });
    expectError(await api.call("POST", "/claim", { body: { token: other.upgrade_jwt, email: freshEmail() } }), "already_claimed");
  });

  it("storage: he who came along with it neither signs URLs with his bearer nor gets keys; its holder goes on doing both", async () => {
    const caller = freshCaller();
    const theirs = await api.provision("/storage/new", anySchema, { caller });
    const me = await claimIt(api, await api.create({ caller }), { caller });
    expect(await rowOf(theirs.id)).toMatchObject({ attached_provisionally: true });
    expectError(await presign(api, theirs.token, PUT, { headers: me.bearer }), "cross_team_session");
    expectError(await api.call("POST", `/storage/${theirs.token}/credentials`, { headers: me.bearer }), "confirmation_required");
    const holder = bearer(theirs.upgrade_jwt);
    await presigned(api, theirs.token, PUT, { headers: holder });
    expect((await api.call("POST", `/storage/${theirs.token}/credentials`, { headers: holder })).status).toBe(200);

    const they = await claimIt(api, theirs, { caller });
    await presigned(api, theirs.token, PUT, { headers: they.bearer });
    expectError(await presign(api, theirs.token, PUT, { headers: me.bearer }), "cross_team_session");
    expectError(await presign(api, theirs.token, PUT, { headers: holder }), "cross_team_session");
    expectError(await api.call("POST", `/storage/${theirs.token}/credentials`, { headers: me.bearer }), "not_found");
  });

  it("an inbox: he reads nothing of it; its holder goes on reading, and alone when he has taken it back", async () => {
    const caller = freshCaller();
    const inbox = await createInbox(api, { caller });
    await inbox.post("private");
    const me = await claimIt(api, await api.create({ caller }), { caller });
    const reads = ["", "/next?wait=0", `/${(await inbox.page()).requests[0]?.id}`];
    for (const rest of reads) expectError(await api.call("GET", inbox.path + rest, { headers: me.bearer }), "confirmation_required");
    const they = await claimIt(api, inbox.created, { caller });
    for (const rest of reads) {
      expect((await api.call("GET", inbox.path + rest, { headers: they.bearer })).text).toContain("private");
      expectError(await api.call("GET", inbox.path + rest, { headers: me.bearer }), "webhook_not_found");
    }
  });

  it("of the other's resource he is shown kind and age, in every list, page and answer; its holder sees all of it", async () => {
    const caller = freshCaller();
    const [name, env] = ["acquisition-of-rival", "secret-launch"];
    const [mine, theirs] = [await api.create({ caller }), await api.provision("/db/new", anySchema, { caller, name, fields: { env } })];
    await query(
      stack.platformUrl,
      "UPDATE resources SET storage_bytes = 123454321, measured_at = now() + interval '1 hour', access = 'read_only', access_reason = 'storage_limit_exceeded' WHERE id = $1",
      [theirs.id],
    );
    const me = await claimIt(api, mine, { caller });
    const pages = ["/dashboard", "/dashboard/usage", "/dashboard/audit", `/dashboard/resources/${theirs.id}`];
    for (const path of [...pages, ...ACCOUNT_READS, `/api/v1/resources/${theirs.token}`]) {
      const { text } = await api.call("GET", path, { headers: path.startsWith("/dashboard") ? me.cookie : me.bearer });
      for (const secret of [name, env, "123454321", "118 MB", "read_only", "storage_limit_exceeded", "transactions are read-only"])
        expect(text, path).not.toContain(secret);
    }
    const listed = await api.call("GET", "/api/v1/resources", { headers: me.bearer });
    expect(z.object({ items: z.array(z.looseObject({ id: z.string() })) }).parse(listed.body).items).toContainEqual(
      expect.objectContaining({ id: theirs.id, resource_type: "postgres", created_at: expect.any(String), ...VEILED }),
    );
    const guessed = await api.call("GET", `/api/v1/resources?env=${env}`, { headers: me.bearer });
    expect(guessed.body).toMatchObject({ items: [], total: 0 });
    expect(await itemOf(theirs.token, bearer(theirs.upgrade_jwt))).toMatchObject({
      name,
      env,
      storage_bytes: 123454321,
      access: "read_only",
    });
  });

  it("no answer about his whole account tells him a token with which the other's storage or inbox could be used", async () => {
    const caller = freshCaller();
    const [storage, inbox] = [await api.provision("/storage/new", anySchema, { caller }), await createInbox(api, { caller })];
    const me = await claimIt(api, await api.create({ caller }), { caller });
    expect(ACCOUNT_READS.length).toBeGreaterThan(3);
    for (const path of ACCOUNT_READS) {
      const { status, text } = await api.call("GET", path, { headers: me.bearer });
      expect([path, status]).toEqual([path, 200]);
      for (const { token } of [storage, inbox.created]) expect(text, path).not.toContain(token);
    }
  });
});

describe("what came along with a claim", () => {
  it("does not use up the team's living resources until it is confirmed", async () => {
    const { live_resources } = plans.tiers.hobby.limits;
    const caller = freshCaller();
    const others = [await api.create({ caller }), await api.create({ caller })];
    const me = await claimIt(api, await api.create({ caller }), { caller });
    const create = () => api.call("POST", "/webhook/new", { headers: me.bearer, body: { name: "one-of-many" } });
    for (let live = 2; live <= live_resources - 1; live += 1) expect((await create()).status).toBe(201);
    const [first] = others;
    if (first === undefined) throw new Error("nothing came along");
    const confirmed = await api.call("POST", `/api/v1/resources/${first.token}/confirm`, {
      headers: me.bearer,
      body: { upgrade_jwt: first.upgrade_jwt },
    });
    expect(confirmed.status, confirmed.text).toBe(200);
    // The confirmed one took the last place; the other still takes none.
    expectError(await create(), "quota_exceeded");
    expect((await holderOf(api, first).remove()).status).toBe(401);
    await api.call("DELETE", `/api/v1/resources/${first.token}`, { headers: me.bearer });
    await expect.poll(async () => (await create()).status, { timeout: 20_000, interval: 200 }).toBe(201);
    expectError(await create(), "quota_exceeded");
  }, 120_000);

  it("over its size bars neither the team nor its holder from the next of its kind", async () => {
    const caller = freshCaller();
    const theirs = await api.create({ caller });
    const me = await claimIt(api, await api.create({ caller }), { caller });
    await query(stack.platformUrl, "UPDATE resources SET storage_bytes = 1e12, measured_at = now() + interval '1 hour' WHERE id = $1", [
      theirs.id,
    ]);
    expect((await api.call("POST", "/db/new", { headers: me.bearer, body: { name: "ours" } })).status).toBe(201);
    await api.create({ caller });
    await query(stack.platformUrl, "UPDATE resources SET attached_provisionally = false WHERE id = $1", [theirs.id]);
    expectError(await api.call("POST", "/db/new", { headers: me.bearer, body: { name: "ours" } }), "quota_exceeded");
  });
});

describe("a claim that takes a resource back", () => {
  const asked = async () => {
    const caller = freshCaller();
    const theirs = await api.create({ caller, name: "mine-after-all" });
    await claimIt(api, await api.create({ caller }), { caller });
    const email = freshEmail();
    await api.call("POST", "/claim", { caller, body: { token: theirs.upgrade_jwt, email } });
    return { theirs, email };
  };

  it("is told in mail and pages as what it is: nothing about it ends, and nothing is said to be deleted", async () => {
    const { theirs, email } = await asked();
    const [mail] = await mailsTo(api, email);
    const claimUrl = new URL(theirs.claim_url);
    const pages = [
      await api.call("GET", `/claim${claimUrl.search}`),
      await api.call("GET", `/auth/email/callback?t=${await newestLink(api, email)}`),
    ];
    for (const text of [mail?.text, mail?.html, ...pages.map((page) => page.text)]) {
      expect(text).toContain("mine-after-all");
      expect(text).toMatch(/claim (by another account )?from the same address/);
      expect(text).not.toMatch(/is deleted|are deleted|deleted on|24 hours/);
    }
    const preview = await api.call("GET", `/claim/preview?t=${theirs.upgrade_jwt}`);
    const [own] = z.object({ items: z.array(z.looseObject({ subject: z.boolean() })) }).parse(preview.body).items;
    expect(own).toMatchObject({ subject: true, id: theirs.id });
    expect(own).not.toHaveProperty("expires_at");
  });

  it("writes into both teams' audit what happened", async () => {
    const caller = freshCaller();
    const theirs = await api.create({ caller });
    const me = await claimIt(api, await api.create({ caller }), { caller });
    const they = await claimIt(api, theirs, { caller });
    const about = async ({ bearer: headers }: Signed) => {
      const { body } = await api.call("GET", "/api/v1/audit", { headers });
      const { items } = z.object({ items: z.array(z.object({ kind: z.string(), resource_id: z.string().nullable() })) }).parse(body);
      return items.flatMap(({ kind, resource_id }) => (resource_id === theirs.id ? [kind] : []));
    };
    expect([await about(me), await about(they)]).toEqual([["resource.taken_back", "resource.claimed"], ["resource.claimed"]]);
  });
});
