/** With an `Idempotency-Key` a retry is safe: one key is one resource and one answer, for its own caller and body only. */
import { describe, expect, it } from "vitest";
import { plans } from "../../contract/plans.ts";
import { allowances, createdSchema, expectError } from "../support/answers.ts";
import { freshKey } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import type { Answer } from "../support/http.ts";
import { serverContent } from "../support/inspect.ts";
import { databaseOf, query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const PARALLEL = 50;
const REPLAY = "x-idempotent-replay";

const withKey = (key: string, body: unknown = { name: "prod-db" }, caller?: string): Promise<Answer> =>
  api.post(body, { headers: { "Idempotency-Key": key }, ...(caller === undefined ? {} : { caller }) });

async function rowsNamed(name: string): Promise<number> {
  const [row] = await query(stack.platformUrl, "SELECT count(*)::int AS count FROM resources WHERE name = $1", [name]);
  return Number(row?.count);
}

describe("the same key and body", () => {
  it("makes one database of 50 parallel creates: 50 equal bodies, 49 replays", async () => {
    const key = freshKey();
    const name = `once ${freshKey()}`;
    const answers = await Promise.all(Array.from({ length: PARALLEL }, () => withKey(key, { name })));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: PARALLEL }, () => 201));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get(REPLAY) === "true")).toHaveLength(PARALLEL - 1);
    expect(await rowsNamed(name)).toBe(1);
    const { connection_url } = createdSchema.parse(answers[0]?.body);
    const { databases } = await serverContent(stack);
    expect(databases.filter((database) => database === databaseOf(connection_url))).toHaveLength(1);
    expect(await query(connection_url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("answers the same bytes and status again, and takes no daily slot", async () => {
    const key = freshKey();
    const first = await withKey(key);
    const again = await withKey(key);
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(again.headers.get(REPLAY)).toBe("true");
    expect(again.headers.get("content-type")).toBe(first.headers.get("content-type"));
    expect(again.headers.get("x-instant-upgrade")).toBe(first.headers.get("x-instant-upgrade"));
    expect(again.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
    const left = plans.tiers.anonymous.limits.provisions_per_day - 1;
    expect([allowances(first).provisions?.remaining, allowances(again).provisions?.remaining]).toEqual([left, left]);
  });

  it("knows the body again however it is written", async () => {
    const key = freshKey();
    const first = await withKey(key, '{"name":"prod-db","env":"staging","x":{"b":1,"a":[1,2]}}');
    const again = await withKey(key, ' { "x" : {"a":[1,2],"b":1},\n"env":"staging", "name":"prod-db" } ');
    expect(first.status, first.text).toBe(201);
    expect(again.text).toBe(first.text);
    expect(again.headers.get(REPLAY)).toBe("true");
  });

  it("is not spent by a refusal", async () => {
    const key = freshKey();
    expectError(await withKey(key, { name: "" }), "name_required");
    const created = await withKey(key);
    expect(created.status, created.text).toBe(201);
    expect(created.headers.get(REPLAY)).toBeNull();
  });
});

describe("the same key, but", () => {
  it.each([
    ["another name", { name: "other-db" }],
    ["another env", { name: "prod-db", env: "staging" }],
    ["another unknown key", { name: "prod-db", region: "eu" }],
  ])("%s: 409, and nothing is made", async (_what, other) => {
    const key = freshKey();
    const first = await withKey(key);
    const conflict = await withKey(key, other);
    expectError(conflict, "idempotency_key_conflict");
    expect(allowances(conflict).provisions?.remaining).toBe(allowances(first).provisions?.remaining);
    expect((await withKey(key)).text).toBe(first.text);
  });

  it("another ?env=: 409", async () => {
    const headers = { "Idempotency-Key": freshKey() };
    expect((await api.post({ name: "prod-db" }, { headers })).status).toBe(201);
    expectError(await api.call("POST", "/db/new?env=staging", { headers, body: { name: "prod-db" } }), "idempotency_key_conflict");
  });

  it("another body while the first still runs: 409 at once for one of them", async () => {
    const key = freshKey();
    const answers = await Promise.all([withKey(key, { name: "one" }), withKey(key, { name: "two" })]);
    const [created, conflict] = answers.sort((a, b) => a.status - b.status);
    expect(created?.status).toBe(201);
    if (conflict) expectError(conflict, "idempotency_key_conflict");
  });

  it("another caller: a database of its own", async () => {
    const key = freshKey();
    const [one, other] = await Promise.all([
      withKey(key, { name: "prod-db" }, freshCaller()),
      withKey(key, { name: "prod-db" }, freshCaller()),
    ]);
    expect([one.status, other.status]).toEqual([201, 201]);
    expect([one.headers.get(REPLAY), other.headers.get(REPLAY)]).toEqual([null, null]);
    expect(createdSchema.parse(one.body).connection_url).not.toBe(createdSchema.parse(other.body).connection_url);
  });

  it("another caller of the same /64 shares it: to us they are one", async () => {
    const [network] = freshCaller().split("::");
    const key = freshKey();
    const first = await withKey(key, { name: "prod-db" }, `${network}::1`);
    const again = await withKey(key, { name: "prod-db" }, `${network}:ffff::2`);
    expect(again.text).toBe(first.text);
  });
});

describe("an anonymous key", () => {
  it.each([
    ["a UUID", () => freshKey()],
    ["a UUID in capitals", () => freshKey().toUpperCase()],
    ["32 characters", () => freshKey().replaceAll("-", "").slice(0, 32)],
    ["255 characters with every printable kind", () => `${freshKey()} !"#$%&'()*+,-./:;<=>?@[]^_{|}~`.padEnd(255, "x")],
  ])("may be %s", async (_what, make) => {
    const key = make();
    const first = await withKey(key);
    expect(first.status, first.text).toBe(201);
    expect((await withKey(key)).headers.get(REPLAY)).toBe("true");
  });
});
