/** API keys: shown once, bounded by their scope and their number, and made once however often a create is retried. */
import { createHash, randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { API_KEYS_MAX } from "../../contract/accounts.ts";
import { newAccount, newApiKey, type Signed } from "../support/accounts.ts";
import { expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const PATH = "/api/v1/auth/api-keys";
const madeSchema = z.object({ id: z.uuid(), key: z.string(), created_at: z.iso.datetime() });
const whoami = (headers: Record<string, string>) => api.call("GET", "/api/v1/whoami", { headers });
const make = ({ bearer }: Signed, name = "ci", idempotencyKey?: string) =>
  api.call("POST", PATH, { headers: { ...bearer, ...(idempotencyKey ? { "Idempotency-Key": idempotencyKey } : {}) }, body: { name } });
const revoke = ({ bearer }: Signed, id: string) => api.call("DELETE", `${PATH}/${id}`, { headers: bearer });

describe("API keys", () => {
  it("are shown once, do what their scope says, and die at once when revoked", async () => {
    const account = await newAccount(api);
    const { id, bearer: key } = await newApiKey(api, account, ["read"]);
    expect((await whoami(key)).body).toMatchObject({ email: account.email, credential: "api_key", scopes: ["read"] });
    const list = await api.call("GET", "/api/v1/auth/api-keys", { headers: account.bearer });
    expect(list.body).toMatchObject({
      ok: true,
      total: 1,
      items: [{ id, name: "test", scopes: ["read"], revoked: false, last_used_at: expect.any(String) }],
    });
    expect(list.text).not.toContain("ink_");
    expectError(await api.call("POST", "/db/new", { headers: key, body: { name: "x" } }), "insufficient_scope");
    expectError(await api.call("DELETE", `/api/v1/auth/api-keys/${id}`, { headers: key }), "insufficient_scope");
    expect((await api.call("DELETE", `/api/v1/auth/api-keys/${id}`, { headers: account.bearer })).body).toEqual({ ok: true, id });
    expect(expectError(await whoami(key), "unauthorized").error_code).toBe("revoked_key");
    expectError(await api.call("DELETE", `/api/v1/auth/api-keys/${id}`, { headers: account.bearer }), "not_found");
  });

  it("cannot make keys, not even with every scope", async () => {
    const { bearer: key } = await newApiKey(api, await newAccount(api), ["admin"]);
    expectError(await api.call("POST", "/api/v1/auth/api-keys", { headers: key, body: { name: "more" } }), "session_required");
  });

  it("of another team do not exist, with the same bytes", async () => {
    const [mine, yours] = [await newAccount(api, { caller: freshCaller() }), await newAccount(api, { caller: freshCaller() })];
    const { id } = await newApiKey(api, yours, ["read"]);
    const ask = (keyId: string) =>
      api.call("DELETE", `/api/v1/auth/api-keys/${keyId}`, { headers: { ...mine.bearer, "X-Request-ID": "same" } });
    expect((await ask(id)).text).toBe((await ask(randomUUID())).text);
  });
});

describe("an Idempotency-Key", () => {
  it("makes one key however often it is sent, also ten times at once; with another body it is a conflict", async () => {
    const account = await newAccount(api);
    const retry = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => make(account, "ci", retry)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get("x-idempotent-replay") === null)).toHaveLength(1);
    const { key } = madeSchema.parse(answers[0]?.body);
    expect((await whoami({ Authorization: `Bearer ${key}` })).status).toBe(200);
    expectError(await make(account, "cd", retry), "idempotency_key_conflict");
    expect(await living(account)).toBe(1);
  });

  it("of another team makes another key", async () => {
    const [one, two] = [await newAccount(api, { caller: freshCaller() }), await newAccount(api, { caller: freshCaller() })];
    const retry = randomUUID();
    expect(madeSchema.parse((await make(one, "ci", retry)).body).key).not.toBe(madeSchema.parse((await make(two, "ci", retry)).body).key);
  });

  it("makes a new one once the first is revoked, and the revoked one stays dead", async () => {
    const account = await newAccount(api);
    const retry = randomUUID();
    const first = madeSchema.parse((await make(account, "ci", retry)).body);
    await revoke(account, first.id);
    const again = await make(account, "cd", retry);
    expect([again.status, again.headers.get("x-idempotent-replay")]).toEqual([201, null]);
    const second = madeSchema.parse(again.body);
    expect([second.id === first.id, second.key === first.key]).toEqual([false, false]);
    expect(expectError(await whoami({ Authorization: `Bearer ${first.key}` }), "unauthorized").error_code).toBe("revoked_key");
    expect((await whoami({ Authorization: `Bearer ${second.key}` })).status).toBe(200);
    expect((await make(account, "cd", retry)).body).toEqual(again.body);
  });

  it("counts for 24 hours and not a moment more; both keys go on working", async () => {
    const account = await newAccount(api);
    const retry = randomUUID();
    const first = await make(account, "ci", retry);
    const { id, key } = madeSchema.parse(first.body);
    const madeAgo = (interval: string) =>
      query(stack.platformUrl, "UPDATE api_keys SET created_at = now() - $2::interval WHERE id = $1", [id, interval]);
    await madeAgo("23:59:55");
    expect(madeSchema.parse((await make(account, "ci", retry)).body).id).toBe(id);
    await madeAgo("24:00:00");
    const later = madeSchema.parse((await make(account, "another", retry)).body);
    expect(later.id).not.toBe(id);
    for (const living of [key, later.key]) expect((await whoami({ Authorization: `Bearer ${living}` })).status).toBe(200);
  });
});

describe(`a team has ${API_KEYS_MAX} living keys and not one more`, () => {
  it("of ten creates at once for the last three places three are made; a revoked key makes room, a retry needs none", async () => {
    const account = await newAccount(api);
    await fill(account, API_KEYS_MAX - 3);
    const retry = randomUUID();
    expect((await make(account, "ci", retry)).status).toBe(201);
    expect(await living(account)).toBe(API_KEYS_MAX - 2);
    const answers = await Promise.all(Array.from({ length: 10 }, () => make(account)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, ...Array(8).fill(409)]);
    const refused = answers.find(({ status }) => status === 409);
    if (refused) expect(expectError(refused, "api_key_limit_reached").message).toContain(String(API_KEYS_MAX));
    expect(await living(account)).toBe(API_KEYS_MAX);
    expect((await make(account, "ci", retry)).headers.get("x-idempotent-replay")).toBe("true");
    const made = answers.find(({ status }) => status === 201);
    await revoke(account, madeSchema.parse(made?.body).id);
    expect((await make(account)).status).toBe(201);
    expectError(await make(account), "api_key_limit_reached");
  });

  it("nor by the device flow: the tool is told why, and gets its key once there is room", async () => {
    const account = await newAccount(api);
    await fill(account, API_KEYS_MAX - 1);
    const begin = async () => {
      const { body } = await api.call("POST", "/auth/cli");
      const login = z.object({ session_id: z.uuid(), poll_secret: z.string() }).parse(body);
      await api.call("POST", `/auth/cli/${login.session_id}/complete`, { headers: account.bearer });
      return () => api.call("GET", `/auth/cli/${login.session_id}`, { headers: { "X-Poll-Secret": login.poll_secret } });
    };
    const polls = [await begin(), await begin(), await begin()];
    const answers = await Promise.all(polls.map((poll) => poll()));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(await living(account)).toBe(API_KEYS_MAX);
    const waiting = polls[answers.findIndex(({ status }) => status === 409)];
    if (waiting === undefined) throw new Error("nobody waits");
    expectError(await waiting(), "api_key_limit_reached");
    const { items } = z.object({ items: z.array(z.object({ id: z.uuid() })) }).parse((await list(account)).body);
    await revoke(account, items[0]?.id ?? "");
    expect((await waiting()).status).toBe(200);
    expect(await living(account)).toBe(API_KEYS_MAX);
  });

  it("and lists every one of them, whatever was revoked before", async () => {
    const account = await newAccount(api);
    await fill(account, API_KEYS_MAX);
    await query(stack.platformUrl, "UPDATE api_keys SET revoked_at = now() WHERE team_id = $1", [await teamOf(account)]);
    await fill(account, API_KEYS_MAX);
    await query(stack.platformUrl, "UPDATE api_keys SET created_at = now() - interval '1 year' WHERE team_id = $1 AND revoked_at IS NULL", [
      await teamOf(account),
    ]);
    const { items } = z.object({ items: z.array(z.object({ revoked: z.boolean() })) }).parse((await list(account)).body);
    expect(items.filter(({ revoked }) => !revoked)).toHaveLength(API_KEYS_MAX);
  });
});

const list = ({ bearer }: Signed) => api.call("GET", PATH, { headers: bearer });
const teamOf = async ({ bearer }: Signed) => z.object({ team_id: z.uuid() }).parse((await whoami(bearer)).body).team_id;

async function living(account: Signed): Promise<number> {
  const rows = await query(stack.platformUrl, "SELECT 1 FROM api_keys WHERE team_id = $1 AND revoked_at IS NULL", [await teamOf(account)]);
  return rows.length;
}

/** Rows as creates leave them, so that the team has `count` more. */
async function fill(account: Signed, count: number): Promise<void> {
  const hashes = Array.from({ length: count }, () => createHash("sha256").update(randomUUID()).digest("hex"));
  await query(
    stack.platformUrl,
    `INSERT INTO api_keys (id, team_id, user_id, name, key_hash, scopes, created_at)
     SELECT gen_random_uuid(), m.team_id, m.user_id, 'filler', hash, '{read}', now() FROM memberships m, unnest($2::text[]) AS hash WHERE m.team_id = $1`,
    [await teamOf(account), hashes],
  );
}
