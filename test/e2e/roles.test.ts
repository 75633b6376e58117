/** What a member may do is decided by the role that the membership has at the moment of the request, for sessions and API keys alike. */
import { beforeAll, expect, it } from "vitest";
import type { Role } from "../../contract/accounts.ts";
import { newAccount, newApiKey, type Signed } from "../support/accounts.ts";
import { type Created, expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { expectNothingMade } from "../support/nothing-made.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const OF_EMAIL = "user_id = (SELECT id FROM users WHERE email = $1)";
let account: Signed & { created: Created };
let key: Awaited<ReturnType<typeof newApiKey>>;

beforeAll(async () => {
  account = await newAccount(api, { caller: freshCaller() });
  key = await newApiKey(api, account, ["admin"]);
});

const become = (role: Role) => query(stack.platformUrl, `UPDATE memberships SET role = $2 WHERE ${OF_EMAIL}`, [account.email, role]);
const about = (path = "") => `/api/v1/resources/${account.created.token}${path}`;
const CREATE = { body: { name: "by-role" } };

it.each([
  ["session", () => account.bearer],
  ["API key of every scope", () => key.bearer],
])("a viewer's %s reads, and changes nothing and sees no credential", async (_credential, headersOf) => {
  await become("viewer");
  const headers = headersOf();
  for (const path of ["/api/v1/resources", about(), "/api/v1/usage", "/api/v1/whoami"])
    expect((await api.call("GET", path, { headers })).status, path).toBe(200);
  await expectNothingMade(stack, async () => expectError(await api.call("POST", "/db/new", { headers, ...CREATE }), "forbidden"));
  for (const path of [about("/credentials"), `/api/v1/env/${account.created.token}`])
    expectError(await api.call("GET", path, { headers }), "forbidden");
  for (const path of ["/rotate-credentials", "/pause"]) expectError(await api.call("POST", about(path), { headers }), "forbidden");
  expectError(await api.call("DELETE", about(), { headers }), "forbidden");
  expect((await api.call("GET", about(), { headers })).body).toMatchObject({ item: { status: "active" } });
});

it("a developer works with resources, and not with API keys or the audit log", async () => {
  await become("developer");
  const headers = account.bearer;
  const created = await api.call("POST", "/cache/new", { headers, ...CREATE });
  expect(created.status, created.text).toBe(201);
  expect((await api.call("GET", about("/credentials"), { headers })).status).toBe(200);
  expectError(await api.call("GET", "/api/v1/auth/api-keys", { headers }), "forbidden");
  expectError(await api.call("POST", "/api/v1/auth/api-keys", { headers, body: { name: "more" } }), "forbidden");
  expectError(await api.call("DELETE", `/api/v1/auth/api-keys/${key.id}`, { headers }), "forbidden");
  expectError(await api.call("GET", "/api/v1/audit", { headers }), "forbidden");
  expectError(await api.call("GET", "/api/v1/audit.csv", { headers: key.bearer }), "forbidden");
});

it("an admin works with API keys and reads the audit log", async () => {
  await become("admin");
  const headers = account.bearer;
  const more = await newApiKey(api, account, ["read"]);
  expect((await api.call("DELETE", `/api/v1/auth/api-keys/${more.id}`, { headers })).status).toBe(200);
  expect((await api.call("GET", "/api/v1/audit", { headers })).status).toBe(200);
});

it("a key follows its creator's role, and a role gives a key no scope it was not created with", async () => {
  await become("owner");
  const reader = await newApiKey(api, account, ["read"]);
  expectError(await api.call("POST", about("/pause"), { headers: reader.bearer }), "insufficient_scope");
  await become("viewer");
  expectError(await api.call("POST", about("/pause"), { headers: key.bearer }), "forbidden");
  expectError(await api.call("POST", about("/pause"), { headers: reader.bearer }), "insufficient_scope");
  await become("developer");
  expect((await api.call("POST", about("/rotate-credentials"), { headers: key.bearer })).status).toBe(200);
});

it("a page refuses a role as a page, and its form changes nothing", async () => {
  await become("viewer");
  const headers = { ...account.cookie, "Content-Type": "application/x-www-form-urlencoded", Origin: stack.apiUrl };
  expect((await api.call("GET", "/dashboard", { headers: account.cookie })).status).toBe(200);
  const page = await api.call("GET", "/dashboard/api-keys", { headers: account.cookie });
  expect([page.status, page.text.includes("Your role does not allow this")]).toEqual([403, true]);
  const form = await api.call("POST", `/dashboard/resources/${account.created.id}/rotate`, { headers, body: "" });
  expect([form.status, form.text.includes("Your role does not allow this")]).toEqual([403, true]);
});

it("who is no longer a member is signed out, and so are the keys", async () => {
  await query(stack.platformUrl, `DELETE FROM memberships WHERE ${OF_EMAIL}`, [account.email]);
  for (const headers of [account.bearer, key.bearer]) expectError(await api.call("GET", "/api/v1/whoami", { headers }), "unauthorized");
});
