/** Which of several wrong things in one request is reported, and with which code: one row is one promise to callers. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RouteConfig, z } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import { ENDPOINTS } from "../../../worker/routes/endpoints.ts";
import { rulesOf } from "../../../worker/routes/field.ts";
import { envelope, startApp } from "./support/ask.ts";

const { ask, deps, database } = await startApp();
const session = await deps.tokens.issueSession({ userId: database.account.user_id, jti: crypto.randomUUID() });
const TOKEN = "4f9a4f0e-7a53-4c3b-9f8e-1d2c3b4a5f60";

const refusalOf = async (answer: Promise<Response>) => {
  const response = await answer;
  const { error, message } = await envelope(response);
  return { refusal: `${response.status} ${error}`, message };
};
const send = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  refusalOf(ask(path, { method: "POST", headers: { Authorization: `Bearer ${session}`, ...headers }, body: bodyText(body) }));
const bodyText = (body: unknown) => (typeof body === "string" ? body : JSON.stringify(body));
const anonymously = (path: string, body: unknown) => refusalOf(ask(path, { method: "POST", body: bodyText(body) }));
const read = (path: string) => refusalOf(ask(path, { headers: { Authorization: `Bearer ${session}` } }));

describe("POST /claim", () => {
  const EMAIL = { email: "me@example.com" };
  it.each([
    ["nothing", {}, "400 missing_token"],
    ["a token that is no text", { token: 7, ...EMAIL }, "400 missing_token"],
    ["a blank token, though jwt is there", { token: " ", jwt: "x", ...EMAIL }, "400 missing_token"],
    ["a null token and a blank jwt", { token: null, jwt: "\n", ...EMAIL }, "400 missing_token"],
    ["no token and no address", { email: "?" }, "400 missing_token"],
    ["the older name alone", { jwt: "x" }, "400 missing_email"],
    ["an older name that is not looked at", { token: "x", jwt: 7 }, "400 missing_email"],
    ["an empty address", { token: "x", email: "" }, "400 missing_email"],
    ["a null address", { token: "x", email: null }, "400 missing_email"],
    ["a blank address", { token: "x", email: " " }, "400 invalid_email_format"],
    ["a number as the address", { token: "x", email: 7 }, "400 invalid_email_format"],
    ["a wrong address before a wrong team name", { token: "x", email: "me@", team_name: 7 }, "400 invalid_email_format"],
    ["a team name that is no text", { token: "x", ...EMAIL, team_name: 7 }, "400 invalid_team_name"],
    ["a blank team name", { token: "x", ...EMAIL, team_name: " " }, "400 invalid_team_name"],
    ["a wrong team name before a wrong tick", { token: "x", ...EMAIL, team_name: "a\nb", rotate: "yes" }, "400 invalid_team_name"],
    ["a tick that is a text", { token: "x", ...EMAIL, rotate: "yes" }, "400 type_mismatch"],
    ["all in order but the token", { token: "x", ...EMAIL, team_name: "", rotate: null }, "400 invalid_token"],
    ["what comes by inheritance", '{"__proto__":{"token":"x"}}', "400 missing_token"],
  ])("%s", async (_what, body, expected) => {
    expect((await anonymously("/claim", body)).refusal).toBe(expected);
  });

  it("names the field of the wrong type", async () => {
    const { message } = await anonymously("/claim", { token: "x", ...EMAIL, rotate: 1 });
    expect(message).toBe('"rotate" must be true or false.');
  });

  it.each([
    ["nothing", {}, "400 missing_token"],
    ["the older name", { jwt: " x " }, "400 invalid_token"],
    ["a number", { token: 1 }, "400 missing_token"],
  ])("preview by body: %s", async (_what, body, expected) => {
    expect((await anonymously("/claim/preview", body)).refusal).toBe(expected);
  });
});

describe("POST /auth/email/start", () => {
  it.each([
    ["nothing", {}, "400 missing_email"],
    ["a wrong address before a wrong path", { email: "x", return_to: "//x" }, "400 invalid_email_format"],
    ["another host", { email: "me@example.com", return_to: "//x" }, "400 invalid_return_to"],
    ["a path that is no text", { email: "me@example.com", return_to: ["/x"] }, "400 invalid_return_to"],
  ])("%s", async (_what, body, expected) => {
    expect((await anonymously("/auth/email/start", body)).refusal).toBe(expected);
  });
});

describe("POST /api/v1/auth/api-keys", () => {
  const PATH = "/api/v1/auth/api-keys";
  it.each([
    ["nothing", {}, "400 missing_name"],
    ["an empty name", { name: "" }, "400 missing_name"],
    ["a blank name", { name: "  " }, "400 invalid_key_name"],
    ["121 characters", { name: "x".repeat(121) }, "400 invalid_key_name"],
    ["a wrong name before wrong scopes", { name: 1, scopes: 1 }, "400 invalid_key_name"],
    ["no scope at all", { name: "ci", scopes: [] }, "400 invalid_scopes"],
    ["an unknown scope", { name: "ci", scopes: ["read", "all"] }, "400 invalid_scopes"],
    ["a scope that is no list", { name: "ci", scopes: "read" }, "400 invalid_scopes"],
  ])("%s", async (_what, body, expected) => {
    expect((await send(PATH, body)).refusal).toBe(expected);
  });

  it.each([
    ["a wrong key before a wrong body", "é", "{", "400 invalid_idempotency_key"],
    ["a short key, which an account may use, and a wrong body", "k", "{", "400 invalid_body"],
  ])("%s", async (_what, key, body, expected) => {
    expect((await send(PATH, body, { "Idempotency-Key": key })).refusal).toBe(expected);
  });
});

describe("a create", () => {
  it.each([
    ["a wrong key before a wrong body", "/db/new", "[]", { "Idempotency-Key": "" }, "400 invalid_idempotency_key"],
    ["a wrong name before a wrong ?env=", "/db/new?env=NO", { name: "?" }, {}, "400 invalid_name"],
    ["no name before a wrong env", "/db/new", { env: "NO" }, {}, "400 name_required"],
    ["a wrong env before wrong dimensions", "/vector/new", { name: "a", env: 1, dimensions: 0 }, {}, "400 invalid_env"],
    ["a wrong ?env= before wrong dimensions", "/vector/new?env=NO", { name: "a", dimensions: 0 }, {}, "400 invalid_env"],
    ["a text as dimensions", "/vector/new", { name: "a", dimensions: "1" }, {}, "400 invalid_dimensions"],
    ["too many dimensions", "/vector/new", { name: "a", dimensions: 16_001 }, {}, "400 invalid_dimensions"],
    ["a wrong name before a wrong response", "/webhook/new", { name: 1, response: 1 }, {}, "400 invalid_name"],
    ["a response that is no object", "/webhook/new", { name: "a", response: [] }, {}, "400 invalid_response"],
  ] as [string, string, unknown, Record<string, string>, string][])("%s", async (_what, path, body, headers, expected) => {
    const answer = refusalOf(ask(path, { method: "POST", headers, body: bodyText(body) }));
    expect((await answer).refusal).toBe(expected);
  });

  const STATUS = "takes a status from 200 to 299 or 400 to 599; it cannot redirect";
  const THREE = "takes status, content_type and body, nothing else";
  it.each([
    [7, THREE],
    [{ status: 302 }, STATUS],
    [{ status: "200" }, STATUS],
    [{ status: 200.5 }, STATUS],
    [{ status: null }, STATUS],
    [{ status: 302, content_type: "text/html", more: 1 }, STATUS],
    [{ content_type: "text/html", body: 1 }, "takes a content_type of "],
    [{ body: null }, "takes a body that is a text"],
    [{ body: "x", headers: {} }, THREE],
    [{ status: 204, body: "x" }, "takes no body with status 204"],
    [{ body: "x".repeat(65_537) }, "payload"],
    [{ body: "\ud800" }, "of UTF-8"],
    [{ content_type: "application/json", body: "{" }, "takes a body that is application/json"],
    [{ content_type: "application/xml", body: "x" }, "takes a body that is application/xml"],
  ])("says what is wrong with the response %j", async (response, words) => {
    const { refusal, message } = await anonymously("/webhook/new", { name: "a", response });
    if (words === "payload") return expect(refusal).toBe("413 payload_too_large");
    expect(refusal).toBe("400 invalid_response");
    expect(message).toContain(words);
  });
});

describe("a query", () => {
  const LIST = "/api/v1/resources";
  const AUDIT = "/api/v1/audit";
  const INBOX = `/api/v1/webhooks/${TOKEN}/requests`;
  it.each([
    [`${LIST}?limit=0`, '"limit" must be a whole number from 1 to 200'],
    [`${LIST}?limit=`, '"limit" must be a whole number from 1 to 200'],
    [`${LIST}?limit=201&before=x`, '"limit" must be a whole number from 1 to 200'],
    [`${LIST}?before=&type=x`, '"before" must be the next_cursor of the page before'],
    [`${LIST}?type=mysql`, '"type" must be one of postgres, vector'],
    [`${AUDIT}?limit=1.5`, '"limit" must be a whole number from 1 to 200'],
    [`${AUDIT}?before=x`, '"before" must be the next_cursor of the page before'],
    [`${AUDIT}?until=x&since=yesterday`, '"since" must be a time such as 2026-11-20T08:00:00Z'],
    [`${AUDIT}?until=2026-11-20`, '"until" must be a time such as 2026-11-20T08:00:00Z'],
    [`${AUDIT}.csv?kind=A`, '"kind" must be a kind of entry such as resource.claimed'],
    [`${INBOX}?limit=0`, '"limit" must be a whole number from 1 to 100'],
    [`${INBOX}?limit=1e1&cursor=x`, '"limit" must be a whole number from 1 to 100'],
    [`${INBOX}?limit=%201`, '"limit" must be a whole number from 1 to 100'],
    [`${INBOX}?cursor=x&since=x`, '"cursor" must be the id of a request, such as req_06c3f5a1b2c3d4'],
    [`${INBOX}?since=2026-11-20T08:00:00`, '"since" must be the id of a request, or a time such as 2026-11-20T08:00:00Z'],
    [`${INBOX}?since=2026-13-20T08:00:00Z`, '"since" must be the id of a request, or a time such as 2026-11-20T08:00:00Z'],
    [`${INBOX}/next?wait=x&after=x`, '"after" must be the id of a request, such as req_06c3f5a1b2c3d4'],
    [`${INBOX}/next?wait=31`, '"wait" must be a whole number from 0 to 30'],
    ["/api/v1/env/nothing?format=xml", '"format" must be one of dotenv, json, shell'],
  ])("%s", async (path, words) => {
    const { refusal, message } = await read(path);
    expect(refusal).toBe("400 invalid_query");
    expect(message).toContain(words);
  });
});

describe("the path", () => {
  it.each([
    ["GET", "/api/v1/resources/nothing", {}, "404 not_found"],
    ["POST", "/api/v1/resources/nothing/confirm", {}, "400 missing_token"],
    ["POST", "/api/v1/resources/nothing/confirm", { upgrade_jwt: 7 }, "400 missing_token"],
    ["POST", "/api/v1/resources/nothing/confirm", { upgrade_jwt: "x" }, "404 not_found"],
    ["POST", "/storage/nothing/presign", "{", "400 invalid_token"],
    ["POST", "/storage/nothing/credentials", {}, "404 not_found"],
    ["POST", `/api/v1/webhooks/${TOKEN}/requests/x/replay`, "{", "400 invalid_body"],
    ["GET", "/api/v1/webhooks/nothing/requests", {}, "404 webhook_not_found"],
    ["DELETE", "/api/v1/auth/api-keys/nothing", {}, "404 not_found"],
    ["GET", "/auth/cli/nothing", {}, "404 session_not_found"],
    ["POST", "/auth/cli", "{", "400 invalid_body"],
  ])("%s %s with %j: %s", async (method, path, body, expected) => {
    const headers = { Authorization: `Bearer ${session}` };
    const answer = await refusalOf(ask(path, { method, headers, ...(method === "POST" ? { body: bodyText(body) } : {}) }));
    expect(answer.refusal).toBe(expected);
  });
});

describe("every field of every route", () => {
  /** The parts of a route whose fields it checks. */
  const partsOf = ({ request }: RouteConfig) => [
    request?.params,
    request?.query,
    request?.headers,
    ...Object.values(request?.body?.content ?? {}).map((media) => (media && "schema" in media ? media.schema : undefined)),
  ];
  const codesOf = (route: RouteConfig): string[] =>
    partsOf(route).flatMap((part) => {
      const shape = part !== undefined && "shape" in part ? Object.values(part.shape as Record<string, z.ZodType>) : [];
      return shape.flatMap((schema) => {
        const rules = rulesOf(schema);
        return rules === undefined ? [] : [rules.invalid, ...(rules.missing === undefined ? [] : [rules.missing])];
      });
    });
  const documented = ENDPOINTS.filter(({ route }) => !route.hide).map(({ route }) => [`${route.method} ${route.path}`, route] as const);

  it.each(documented)("%s documents the errors its fields give", (_name, route) => {
    const described = Object.values(route.responses).map((response) => ("description" in response ? response.description : ""));
    for (const code of codesOf(route)) expect(described.join(), code).toContain(`\`${code}\``);
  });
});

describe("a route reads its request through the schemas that document it", () => {
  const ROUTES = join(import.meta.dirname, "../../../worker/routes");
  const EXCEPTIONS = {
    "auth/cli-login.ts": "a body that is accepted and ignored",
    "dashboard/signed-in.ts": "forms whose mistakes are shown on their own page",
    "deploys/create-deployment.ts": "a form that is read as a stream",
    "deploys/deployment-logs.ts": "whether the caller is still there",
    "dev/mailbox-page.ts": "Accept",
    "docs/docs-pages.ts": "the name of a file",
    "internal/take-report.ts": "a signed text",
    "operations/root.ts": "Accept",
    "webhooks/brevo-event.ts": "a body that is looked at only after its secret",
    "webhooks/receive-request.ts": "a request that is kept byte for byte",
  };

  it("and through nothing else", () => {
    const files = readdirSync(ROUTES, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".ts") && name !== "request-input.ts",
    );
    const readers = files.filter((name) =>
      /\bc\.req\.(?:raw|param|query|queries|header|json|text|formData|parseBody|valid)\b/.test(readFileSync(join(ROUTES, name), "utf8")),
    );
    expect(readers.sort()).toEqual(Object.keys(EXCEPTIONS));
  });
});
