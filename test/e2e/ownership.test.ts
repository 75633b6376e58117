/**
 * What is another's answers as if it did not exist, byte for byte, for one request id. The routes are the published document's, and
 * every one is asked about one of everything a team owns: a new route and a new kind are asked as well.
 */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { newAccount, newApiKey, type Signed } from "../support/accounts.ts";
import { comparable, expectError } from "../support/answers.ts";
import { type Belongings, ownOneOfEach } from "../support/belongings.ts";
import { freshCaller } from "../support/callers.ts";
import { documentSchema, type Operation, operationsOf } from "../support/openapi.ts";
import { query } from "../support/postgres-client.ts";
import { bearer } from "../support/resources.ts";
import { api, stack } from "../support/shared-stack.ts";

const document = documentSchema.parse((await api.call("GET", "/openapi.json")).body);
/** What a path names is somebody's, unless the token in it is itself the credential (then a request without a bearer is fine). */
const owned = operationsOf(document).filter(({ path, security }) => {
  const asksForBearer = security.length > 0 && security.every((rule) => "bearerAuth" in rule || "resourceAuth" in rule);
  // Whoever has the id of a CLI login may say yes to it: that is what it is for.
  return asksForBearer && /\{\w+\}/.test(path) && !path.startsWith("/auth/cli");
});
const REQUEST_ID = "the-same-for-all";
/** What each route needs, so that none is refused for its body. */
const BODY = {
  upgrade_jwt: "x",
  url: "https://hooks.example.com/",
  operation: "GET",
  key: "a",
  name: "x",
  private: false,
  env: { COLOUR: "red" },
  release: 1,
  hours: 24,
};

let owner: Signed;
let belongings: Belongings;
let strangers: [who: string, headers: Record<string, string>][];
/** In their place, what nobody has. */
const NOBODYS = { token: randomUUID(), id: randomUUID() };

beforeAll(async () => {
  const account = await newAccount(api, { caller: freshCaller() });
  owner = account;
  belongings = await ownOneOfEach(api, account, document);
  const other = await newAccount(api, { caller: freshCaller() });
  const key = await newApiKey(api, other, ["admin"]);
  strangers = [
    ["another team's session", other.bearer],
    ["another team's cookie", other.cookie],
    ["another team's API key", key.bearer],
    ["the holder of another resource", bearer((await api.create({ caller: freshCaller() })).upgrade_jwt)],
  ];
  // All of this counts against two teams: without their tier's rate it takes no minutes.
  await query(stack.platformUrl, "UPDATE teams SET tier = 'team' WHERE id IN (SELECT home_team_id FROM users WHERE email = ANY($1))", [
    [account.email, other.email],
  ]);
});

const named = (operations: readonly Operation[]) =>
  operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const);
const pathOf = ({ path }: Operation, token: string, id: string): string => path.replaceAll("{token}", token).replaceAll(/\{\w+\}/g, id);

async function asked(operation: Operation, path: string, headers: Record<string, string>) {
  const { method } = operation;
  const sent = method === "GET" ? {} : { body: BODY };
  return comparable(await api.call(method, path, { caller: null, headers: { ...headers, "X-Request-ID": REQUEST_ID }, ...sent }));
}

/** Everything of the owner's that could stand in the path. */
function candidates({ path }: Operation): { token: string; id: string }[] {
  const tokens = path.includes("{token}") ? Object.values(belongings.tokens) : [NOBODYS.token];
  const ids = /\{(?!token)\w+\}/.test(path) ? belongings.ids : [NOBODYS.id];
  return tokens.flatMap((token) => ids.map((id) => ({ token, id })));
}

it("asks about one of everything, and at every route that names something owned", () => {
  expect(Object.keys(belongings.tokens)).toEqual(expect.arrayContaining(["/db/new", "/storage/new", "/webhook/new", "/queue/new"]));
  expect(owned.length).toBeGreaterThan(9);
});

describe.each(named(owned))("%s", (_name, operation) => {
  it("answers whoever does not own it as if it did not exist", async () => {
    for (const [who, headers] of strangers) {
      const nobodys = await asked(operation, pathOf(operation, NOBODYS.token, NOBODYS.id), headers);
      expect([404, 401], `${who}: ${nobodys.text}`).toContain(nobodys.status);
      for (const { token, id } of candidates(operation)) {
        expect(await asked(operation, pathOf(operation, token, id), headers), who).toEqual(nobodys);
      }
    }
  });
});

// No team here owns a deployment: its owner's answers are in deploys-api.test.ts.
const readable = owned.filter(({ method, path }) => method === "GET" && !path.startsWith("/api/v1/deployments/"));

describe.each(named(readable))("%s", (_name, operation) => {
  it("answers its owner about one of them at least", async () => {
    const statuses = await Promise.all(
      candidates(operation).map(async ({ token, id }) => (await asked(operation, pathOf(operation, token, id), owner.bearer)).status),
    );
    expect(statuses).toContain(200);
  });
});

it("and after all that everything is there and its owner's", async () => {
  for (const token of Object.values(belongings.tokens)) {
    const answer = await api.call("GET", `/api/v1/resources/${token}`, { headers: owner.bearer });
    expect(answer.status, answer.text).toBe(200);
  }
  expectError(await api.call("GET", `/api/v1/resources/${NOBODYS.token}`, { headers: owner.bearer }), "not_found");
});
