/** A team sees what it owns, a page at a time: never a connection URL, no token its reader may not have, nothing of anybody else. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { claimIt, newAccount, newApiKey, type Signed } from "../support/accounts.ts";
import { expectError } from "../support/answers.ts";
import { type Caller, freshCaller } from "../support/callers.ts";
import { query } from "../support/postgres-client.ts";
import { holderOf } from "../support/resources.ts";
import { api, stack } from "../support/shared-stack.ts";

const PATH = "/api/v1/resources";
const itemSchema = z.looseObject({
  id: z.uuid(),
  token: z.uuid().optional(),
  resource_type: z.string(),
  env: z.string().nullable(),
  name: z.string().nullable(),
});
const pageSchema = z.strictObject({
  ok: z.literal(true),
  items: z.array(itemSchema),
  total: z.number(),
  next_cursor: z.string().nullable(),
});

type Headers = Record<string, string>;
const ask = (headers: Headers, search = "", caller?: Caller) =>
  api.call("GET", PATH + search, { headers, ...(caller === undefined ? {} : { caller }) });
async function list(headers: Headers, search = "") {
  const answer = await ask(headers, search);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.text).not.toMatch(/connection_url|postgres:\/\//);
  return pageSchema.parse(answer.body);
}
const madeSchema = z.looseObject({ id: z.uuid(), token: z.uuid() });

describe("a team's resources", () => {
  let account: Signed & { created: { id: string; token: string } };
  let made: { id: string; token: string; type: string; env: string }[];

  beforeAll(async () => {
    const caller = freshCaller();
    account = await newAccount(api, { caller });
    made = [{ ...account.created, type: "postgres", env: "development" }];
    for (const [path, type, env] of [
      ["/db/new", "postgres", "staging"],
      ["/webhook/new", "webhook", "staging"],
      ["/storage/new", "storage", "production"],
      ["/vector/new", "vector", "production"],
    ] as const) {
      const fields = { name: `my-${type}`, env };
      const one = madeSchema.parse((await api.call("POST", path, { caller, headers: account.bearer, body: fields })).body);
      made.push({ id: one.id, token: one.token, type, env });
    }
  });

  it("are listed whole, the newest first, each as its own route shows it", async () => {
    const { items, total, next_cursor } = await list(account.bearer);
    expect(items.map(({ id }) => id)).toEqual(made.map(({ id }) => id).reverse());
    expect([total, next_cursor]).toEqual([made.length, null]);
    for (const item of items) {
      const { body } = await api.call("GET", `${PATH}/${item.token}`, { headers: account.bearer });
      expect(body).toMatchObject({ item });
    }
  });

  it("come in pages that miss none and show none twice, also when a new one is made in between", async () => {
    const seen: string[] = [];
    let search = "?limit=2";
    for (let page = 0; page < made.length; page += 1) {
      const { items, total, next_cursor } = await list(account.bearer, search);
      expect(items.length).toBeLessThanOrEqual(2);
      expect(total).toBe(made.length);
      seen.push(...items.map(({ id }) => id));
      if (next_cursor === null) break;
      search = `?limit=2&before=${next_cursor}`;
    }
    expect(seen).toEqual(made.map(({ id }) => id).reverse());
  });

  it("are filtered by env and type; what nothing has is an empty list", async () => {
    for (const [search, expected] of [
      ["?env=staging", made.filter(({ env }) => env === "staging")],
      ["?type=vector", made.filter(({ type }) => type === "vector")],
      ["?type=postgres&env=staging", made.filter(({ type, env }) => type === "postgres" && env === "staging")],
      ["?env=nowhere", []],
      ["?env=Not%20an%20env", []],
      ["?env=%00", []],
      ["?env=", []],
      ["?type=mongodb", []],
    ] as const) {
      const { items, total } = await list(account.bearer, search);
      expect([search, items.map(({ id }) => id), total]).toEqual([search, expected.map(({ id }) => id).reverse(), expected.length]);
    }
  });

  it.each([
    ["limit", "?limit=0"],
    ["limit", "?limit=201"],
    ["limit", "?limit=many"],
    ["before", "?before=x"],
    ["before", `?before=${"9".repeat(15)}.${randomUUID()}`],
    ["before", "?before=1.not-a-uuid"],
    ["type", "?type=oracle"],
  ])("with a bad %s (%s) are refused", async (name, search) => {
    expect(expectError(await ask(account.bearer, search), "invalid_query").message).toContain(`"${name}"`);
  });

  it.each(["?limit=1", "?limit=200", `?before=0.${randomUUID()}`, `?before=${"9".repeat(14)}.${randomUUID()}`])(
    "%s is taken",
    async (search) => {
      await list(account.bearer, search);
    },
  );

  it("show no token that can write to a key that may only read, and every token to one that may write", async () => {
    const tokensFor = async (scopes: string[]) => {
      const { items } = await list((await newApiKey(api, account, scopes)).bearer);
      return Object.fromEntries(items.map(({ id, token }) => [id, token]));
    };
    const all = Object.fromEntries(made.map(({ id, token }) => [id, token]));
    const readable = Object.fromEntries(made.map(({ id, token, type }) => [id, ["webhook", "storage"].includes(type) ? undefined : token]));
    expect(await tokensFor(["read"])).toEqual(readable);
    expect(await tokensFor(["write"])).toEqual(all);
    const read = await newApiKey(api, account, ["read"]);
    const { text } = await ask(read.bearer);
    for (const { token, type } of made) if (["webhook", "storage"].includes(type)) expect(text).not.toContain(token);
  });

  it("show an inbox with the bytes its object counts", async () => {
    const inbox = made.find(({ type }) => type === "webhook");
    await api.call("POST", `/webhook/receive/${inbox?.token}`, { body: "hello" });
    const { items } = await list(account.bearer, "?type=webhook");
    expect(items[0]).toMatchObject({ id: inbox?.id });
    expect(z.number().parse(items[0]?.storage_bytes)).toBeGreaterThan(0);
  });

  it("are nobody else's: another team's list holds none of them, and no cursor of theirs opens one", async () => {
    const other = await newAccount(api, { caller: freshCaller() });
    expect((await list(other.bearer)).items.map(({ id }) => id)).toEqual([other.created.id]);
    const { next_cursor } = await list(account.bearer, "?limit=1");
    for (const { id } of (await list(other.bearer, `?before=${next_cursor}`)).items) expect(id).toBe(other.created.id);
  });
});

it("what came along with a claim is listed without its token, until it is confirmed", async () => {
  const caller = freshCaller();
  const [mine, neighbours] = [await api.create({ caller }), await api.create({ caller })];
  const account = await claimIt(api, mine, { caller });
  const answer = await ask(account.bearer);
  const { items, total } = pageSchema.parse(answer.body);
  expect(total).toBe(2);
  expect(items.find(({ id }) => id === neighbours.id)).toMatchObject({ provisional: true });
  expect(answer.text).not.toContain(neighbours.token);
  expect(answer.text).toContain(mine.token);
  // Through its own JWT it is shown, as before.
  expect((await holderOf(api, neighbours).get()).text).toContain(neighbours.token);
  const confirmed = await api.call("POST", `${PATH}/${neighbours.token}/confirm`, {
    headers: account.bearer,
    body: { upgrade_jwt: neighbours.upgrade_jwt },
  });
  expect(confirmed.status, confirmed.text).toBe(200);
  expect((await ask(account.bearer)).text).toContain(neighbours.token);
});

it("what is deleted or over is not listed, though nothing has swept it yet", async () => {
  const account = await newAccount(api);
  const [gone, over] = [await create(account), await create(account)];
  expect((await api.call("DELETE", `${PATH}/${gone.token}`, { headers: account.bearer })).status).toBe(200);
  await query(stack.platformUrl, "UPDATE resources SET expires_at = now() WHERE id = $1", [over.id]);
  expect((await list(account.bearer)).items.map(({ id }) => id)).toEqual([account.created.id]);
});

async function create({ bearer }: Signed) {
  return madeSchema.parse((await api.call("POST", "/db/new", { headers: bearer, body: { name: "one" } })).body);
}

it("a resource's own JWT, a claim-only JWT and nothing at all list nothing", async () => {
  const created = await api.create();
  const claimOnly = new URL(created.claim_url).searchParams.get("t") ?? "";
  for (const [headers, code] of [
    [{}, "missing_credentials"],
    [{ Authorization: `Bearer ${created.upgrade_jwt}` }, "invalid_claims"],
    [{ Authorization: `Bearer ${claimOnly}` }, "invalid_claims"],
  ] as const)
    expect(expectError(await ask(headers), "unauthorized").error_code).toBe(code);
});

it.each(["read_only", "none"])(
  "of a %s one the way back is a claim while it can be claimed, and a larger tier for the team that has it",
  async (access) => {
    const caller = freshCaller();
    const [mine, along] = [await api.create({ caller }), await api.create({ caller })];
    const wayBack = async (headers: Headers, { token }: { token: string }) => {
      const answer = await api.call("GET", `${PATH}/${token}`, { headers });
      return z.object({ item: z.object({ agent_action: z.string() }) }).parse(answer.body).item.agent_action;
    };
    await query(
      stack.platformUrl,
      "UPDATE resources SET storage_bytes = 1e9, measured_at = now() + interval '1 hour', access = $1, access_reason = 'storage_limit_exceeded' WHERE id = ANY($2)",
      [access, [mine.id, along.id]],
    );
    const claims = new RegExp(`or claim it at ${stack.publicUrl}/start for a larger limit\\.$`, "i");
    const holder = ({ upgrade_jwt }: { upgrade_jwt: string }) => ({ Authorization: `Bearer ${upgrade_jwt}` });
    expect(await wayBack(holder(mine), mine)).toMatch(claims);
    const account = await claimIt(api, mine, { caller });
    const owned = await wayBack(account.bearer, mine);
    expect(owned).toMatch(new RegExp(`or choose a larger tier at ${stack.publicUrl}/pricing\\.$`, "i"));
    expect(owned).not.toMatch(/claim/);
    expect(await wayBack(holder(along), along)).toMatch(claims);
  },
);
