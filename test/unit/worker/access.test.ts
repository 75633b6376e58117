/** docs/access.md is what the code does: it is made from the routes, and every route is asked as every actor. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Scope } from "../../../contract/accounts.ts";
import { errorEnvelopeSchema } from "../../../contract/errors.ts";
import { ACTOR_COLUMNS, type ActorColumn, verdict } from "../../../worker/access.ts";
import { accessTable } from "../../../worker/routes/access-table.ts";
import { ENDPOINTS } from "../../../worker/routes/endpoints.ts";
import { startApp } from "./support/ask.ts";

const TABLE = join(import.meta.dirname, "../../../docs/access.md");
const TOKEN = "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d";
const REFUSALS = new Set(["unauthorized", "insufficient_scope", "session_required"]);
const app = await startApp();

it("docs/access.md is the table of these routes (else: npm run generate)", () => {
  expect(readFileSync(TABLE, "utf8")).toBe(accessTable());
});

async function credentialOf(actor: ActorColumn): Promise<Record<string, string>> {
  const { deps, database } = app;
  if (actor === "anonymous") return {};
  if (actor === "holder") return bearer(await deps.tokens.issueUpgrade({ resourceToken: TOKEN, fingerprint: "f" }));
  if (actor === "session") return bearer(await deps.tokens.issueSession({ userId: database.account.user_id, jti: crypto.randomUUID() }));
  database.account.scopes = [actor.slice("key ".length) as Scope];
  return bearer(`ink_${"k".repeat(43)}`);
}

const bearer = (text: string) => ({ Authorization: `Bearer ${text}` });

/** "401 invalid_claims", "403 insufficient_scope", or the bare status of anything that got past the door. */
async function met(method: string, path: string, headers: Record<string, string>): Promise<string> {
  const response = await app.ask(path, { method: method.toUpperCase(), headers });
  const envelope = errorEnvelopeSchema.safeParse(await response.json().catch(() => null)).data;
  if (!envelope || !REFUSALS.has(envelope.error)) return String(response.status);
  return `${response.status} ${envelope.error_code ?? envelope.error}`;
}

describe.each(ENDPOINTS.map((endpoint) => [`${endpoint.route.method.toUpperCase()} ${endpoint.route.path}`, endpoint] as const))(
  "%s",
  (_name, { route, access }) => {
    const path = route.path.replaceAll(/\{\w+\}/g, TOKEN);

    it.each(ACTOR_COLUMNS)("meets %s as the table says", async (actor) => {
      const expected = verdict(access, actor);
      const answer = await met(route.method, path, await credentialOf(actor));
      if (expected === "ignored") expect(answer).toBe(await met(route.method, path, {}));
      else if (expected === "yes") expect(answer).toMatch(/^\d+$/);
      else expect(answer).toBe(expected);
    });
  },
);
