/** docs/access.md is what the code does: it is made from the routes, and every route is called as every kind of caller. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROLES, type Role, SCOPES } from "../../../contract/accounts.ts";
import { errorEnvelopeSchema } from "../../../contract/errors.ts";
import { ACCESS, type Asker, verdict } from "../../../worker/access.ts";
import { ASKERS, accessTable } from "../../../worker/routes/access-table.ts";
import { ENDPOINTS } from "../../../worker/routes/endpoints.ts";
import { startApp } from "./support/ask.ts";

const TABLE = join(import.meta.dirname, "../../../docs/access.md");
const TOKEN = "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d";
const REFUSALS = new Set(["unauthorized", "insufficient_scope", "session_required", "forbidden"]);
const app = await startApp();

it("docs/access.md is the table of these routes (else: npm run generate)", () => {
  expect(readFileSync(TABLE, "utf8")).toBe(accessTable());
});

async function credentialOf(asker: Asker): Promise<Record<string, string>> {
  const { deps, database } = app;
  switch (asker.kind) {
    case "anonymous":
      return {};
    case "holder":
      return bearer(await deps.tokens.issueUpgrade({ resourceToken: TOKEN, fingerprint: "f" }));
    case "session":
      database.account.role = asker.role;
      return bearer(await deps.tokens.issueSession({ userId: database.account.user_id, jti: crypto.randomUUID() }));
    case "key":
      database.account.role = asker.role;
      database.account.scopes = [...asker.scopes];
      return bearer(`ink_${"k".repeat(43)}`);
  }
}

const bearer = (text: string) => ({ Authorization: `Bearer ${text}` });

/** "401 invalid_claims", "403 insufficient_scope", or the bare status of anything the rule let through. */
async function met(method: string, path: string, headers: Record<string, string>): Promise<string> {
  // A minute's requests of one caller are fewer than these.
  app.admission.counts.clear();
  const response = await app.ask(path, { method: method.toUpperCase(), headers });
  const text = await response.text();
  const envelope = errorEnvelopeSchema.safeParse(jsonOf(text)).data;
  // A page refuses as a page, in the same words.
  if (!envelope && response.status === 403 && text.includes("Your role does not allow this")) return "403 forbidden";
  if (!envelope || !REFUSALS.has(envelope.error)) return String(response.status);
  return `${response.status} ${envelope.error_code ?? envelope.error}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Those of the table, and a key of every scope whose creator has every role. */
const CALLERS: (readonly [name: string, asker: Asker])[] = [
  ...ASKERS,
  ...SCOPES.flatMap((scope) => ROLES.map((role) => [`key ${scope} of ${role}`, { kind: "key", scopes: [scope], role }] as const)),
];

describe.each(ENDPOINTS.map((endpoint) => [`${endpoint.route.method.toUpperCase()} ${endpoint.route.path}`, endpoint] as const))(
  "%s",
  (_name, { route, access }) => {
    const path = route.path.replaceAll(/\{\w+\}/g, TOKEN);

    it.each(CALLERS)("answers %s as the table says", async (_caller, asker) => {
      const expected = verdict(access, asker);
      const answer = await met(route.method, path, await credentialOf(asker));
      if (expected === "ignored") expect(answer).toBe(await met(route.method, path, {}));
      else if (expected === "yes") expect(answer).toMatch(/^\d+$/);
      else expect(answer).toBe(expected);
    });
  },
);

describe("roles", () => {
  const allowed = (role: Role) =>
    ENDPOINTS.filter(({ access }) => verdict(access, { kind: "session", role }) === "yes").map(
      ({ route }) => `${route.method.toUpperCase()} ${route.path}`,
    );
  const gained = (role: Role, before: Role) => allowed(role).filter((route) => !allowed(before).includes(route));

  it("a viewer changes nothing and sees no credential: all that is left is reading, signing in and signing out", () => {
    expect(allowed("viewer").filter((route) => !route.startsWith("GET "))).toEqual(["POST /auth/logout", "POST /login", "POST /logout"]);
    const secret = ["GET /api/v1/resources/{token}/credentials", "GET /api/v1/env/{token}", "GET /api/v1/webhooks/{token}/requests"];
    for (const route of secret) expect(allowed("viewer")).not.toContain(route);
    expect(allowed("viewer")).toEqual(expect.arrayContaining(["GET /api/v1/resources", "GET /api/v1/usage", "GET /dashboard"]));
  });

  it("a developer gains the resources, and neither API keys nor the audit log", () => {
    const more = gained("developer", "viewer");
    expect(more).toEqual(expect.arrayContaining(["POST /db/new", "DELETE /api/v1/resources/{token}", "POST /auth/cli/{id}/complete"]));
    expect(more.filter((route) => /api-keys|audit/.test(route))).toEqual([]);
  });

  it("an admin gains API keys and the audit log", () => {
    expect(gained("admin", "developer").every((route) => /api-keys|audit/.test(route))).toBe(true);
    expect(gained("admin", "developer")).toContain("POST /api/v1/auth/api-keys");
  });

  it("an owner may do everything a signed-in person may do", () => {
    const read = ENDPOINTS.filter(({ access }) => ACCESS[access].reads !== "never");
    expect(allowed("owner")).toHaveLength(read.length);
  });
});
