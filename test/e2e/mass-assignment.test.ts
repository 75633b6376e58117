/**
 * Every field of every answer, sent back to every route that writes, changes nothing: the same calls are made by two teams, one of them
 * with all those fields, and the two end up alike. Fields and routes are the published document's, so new ones come along.
 */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { freshEmail, newAccount, newestLink, pressButton, type Signed, sessionOf } from "../support/accounts.ts";
import { ownOneOfEach } from "../support/belongings.ts";
import { freshCaller } from "../support/callers.ts";
import { documentSchema, type Operation, operationsOf } from "../support/openapi.ts";
import { query } from "../support/postgres-client.ts";
import { bearer } from "../support/resources.ts";
import { hostileFields, requestFields } from "../support/response-fields.ts";
import { api, stack } from "../support/shared-stack.ts";

const document = documentSchema.parse((await api.call("GET", "/openapi.json")).body);
const JSON_TYPE = "application/json";
/** Of the platform's own machines, and what strangers post: they take whatever comes, and each has tests of its own. */
const NOT_ASKED = /^\/webhooks\/brevo|^\/internal|^\/webhook\/receive/;
/** These end what the others are about. */
const LAST = /^DELETE |logout/;

const writes = operationsOf(document)
  .filter(({ method, path, requestBody }) => {
    const isForm = requestBody !== undefined && !(JSON_TYPE in requestBody.content);
    return method !== "GET" && !NOT_ASKED.test(path) && !isForm;
  })
  .sort((one, other) => Number(LAST.test(nameOf(one))) - Number(LAST.test(nameOf(other))));

function nameOf({ method, path }: Operation): string {
  return `${method} ${path}`;
}

type Team = Signed & { caller: string; tokens: Record<string, string>; ids: string[] };
const world = {} as { plain: Team; greedy: Team; victim: Signed; stolen: Record<string, unknown> };
let victimBefore: unknown;

async function newTeam(): Promise<Team> {
  const caller = freshCaller();
  const account = await newAccount(api, { caller });
  return { ...account, caller, ...(await ownOneOfEach(api, account, document)) };
}

beforeAll(async () => {
  const victim = await newAccount(api, { caller: freshCaller() });
  const { tokens } = await ownOneOfEach(api, victim, document);
  const reads = ["/auth/me", "/api/v1/whoami", "/api/v1/audit", "/api/v1/auth/api-keys", `/api/v1/resources/${tokens["/db/new"]}`];
  const answers = await Promise.all(reads.map(async (path) => (await api.call("GET", path, { headers: victim.bearer })).body));
  Object.assign(world, { victim, stolen: hostileFields(document, answers), plain: await newTeam(), greedy: await newTeam() });
  victimBefore = await stateOf(victim.email);
});

/** What a team is and has, but for ids, times and secrets. */
async function stateOf(email: string) {
  const of = (text: string) => query(stack.platformUrl, text, [email]);
  const team = "(SELECT home_team_id FROM users WHERE email = $1)";
  return {
    teams: await of(`SELECT tier, skip_confirmation_allowed FROM teams WHERE id = ${team}`),
    members: await of(`SELECT role, user_id = (SELECT id FROM users WHERE email = $1) AS self FROM memberships WHERE team_id = ${team}`),
    sessions: await of(
      `SELECT revoked_at IS NULL AS lives, expires_at - created_at AS lasts FROM sessions WHERE team_id = ${team} ORDER BY created_at`,
    ),
    keys: await of(`SELECT name, scopes, revoked_at IS NULL AS lives FROM api_keys WHERE team_id = ${team} ORDER BY created_at, name`),
    resources: await of(
      `SELECT kind, tier, env, name, replace(status, 'dropped', 'dropping') AS status, generation, rotation, access, access_reason, attached_provisionally, expires_at, fingerprint IS NULL AS unbound,
         admission_scope = 'team:' || team_id AS counted FROM resources WHERE team_id = ${team} ORDER BY created_at, kind`,
    ),
    audit: await of(`SELECT action, actor_kind FROM audit_log WHERE team_id = ${team} ORDER BY id`),
  };
}

const VARYING = new Set(["ignored_fields", "duration_ms", "user_code"]);

/** An answer but for what is drawn afresh each time. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([name]) => !VARYING.has(name));
    return Object.fromEntries(fields.map(([name, inner]) => [name, shapeOf(inner)]));
  }
  return typeof value === "string" && (value.length > 16 || /@|\*\*\*/.test(value)) ? "a text" : value;
}

/** What a call is meant to say. */
const SAID: Record<string, (team: Team) => Record<string, unknown> | Promise<Record<string, unknown>>> = {
  "/claim": async ({ caller }) => ({ token: (await api.create({ caller })).upgrade_jwt, email: freshEmail() }),
  "/claim/preview": async ({ caller }) => ({ token: (await api.create({ caller })).upgrade_jwt }),
  "/auth/email/start": () => ({ email: freshEmail() }),
  "/storage/{token}/presign": () => ({ operation: "GET", key: "a" }),
  "/api/v1/resources/{token}/confirm": () => ({ upgrade_jwt: "x" }),
  "/api/v1/deployments/{id}": () => ({ private: false, allowed_ips: [] }),
  "/api/v1/deployments/{id}/env": () => ({ env: { COLOUR: "red" } }),
  "/api/v1/deployments/{id}/rollback": () => ({ release: 1 }),
  "/api/v1/deployments/{id}/ttl": () => ({ hours: 24 }),
  "/api/v1/webhooks/{token}/requests/{id}/replay": () => ({ url: "https://nobody.invalid/" }),
};

function pathFor({ path }: Operation, { tokens, ids }: Team): string {
  const kind = /\/webhooks\//.test(path) ? "/webhook/new" : /^\/storage\//.test(path) ? "/storage/new" : "/db/new";
  const id = ids.find((one) => one.startsWith("req_") === path.includes("/requests/")) ?? "";
  return path.replaceAll("{token}", tokens[kind] ?? "").replaceAll("{id}", id);
}

/** Sends what the call says, and beside it everything in `extra`. */
async function called(operation: Operation, team: Team, extra: Record<string, unknown>) {
  const said = { name: "plain", ...(await SAID[operation.path]?.(team)) };
  // What makes something takes some of these as its own input: `scopes` of a key, `env` of a resource.
  const inputs = new Set(/\/new$|api-keys$/.test(operation.path) ? requestFields(document, operation) : []);
  const foreign = Object.entries(extra).filter(([name]) => !inputs.has(name));
  const isAccounts = operation.security.some((rule) => "bearerAuth" in rule);
  return api.call(operation.method, pathFor(operation, team), {
    caller: team.caller,
    headers: isAccounts ? team.bearer : {},
    body: { ...Object.fromEntries(foreign), ...said },
  });
}

describe.each(writes.map((operation) => [nameOf(operation), operation] as const))("%s", (_name, operation) => {
  it("does what it does, whatever else is sent with it", async () => {
    const { plain, greedy, victim, stolen } = world;
    const [control, tried] = [await called(operation, plain, {}), await called(operation, greedy, stolen)];
    expect(tried.status, tried.text).toBe(control.status);
    expect(shapeOf(tried.body)).toEqual(shapeOf(control.body));
    expect(await stateOf(greedy.email)).toEqual(await stateOf(plain.email));
    expect(await stateOf(victim.email)).toEqual(victimBefore);
  });
});

it("sends what answers say, among it ids and tokens of another team", () => {
  const { stolen, victim } = world;
  expect(Object.keys(stolen).length).toBeGreaterThan(60);
  for (const field of ["id", "token", "team_id", "user_id", "tier", "scopes", "expires_at", "key"]) expect(stolen).toHaveProperty(field);
  expect(stolen.email).toBe(victim.email);
  expect(writes.length).toBeGreaterThan(15);
});

it("and a claim that was asked for with all of it makes an account like any other", async () => {
  const accounts = await Promise.all(
    [{}, { ...world.stolen, tier: "team", user_id: randomUUID() }].map(async (extra) => {
      const caller = freshCaller();
      const created = await api.create({ caller });
      const email = freshEmail();
      const { token: _token, jwt: _jwt, team_name: _name, ...rest } = extra as Record<string, unknown>;
      await api.call("POST", "/claim", { caller, body: { ...rest, token: created.upgrade_jwt, email } });
      const session = sessionOf(await pressButton(api, await newestLink(api, email)));
      const whoami = await api.call("GET", "/api/v1/whoami", { headers: bearer(session) });
      return { state: await stateOf(email), whoami: shapeOf(whoami.body) };
    }),
  );
  expect(accounts[1]).toEqual(accounts[0]);
});
