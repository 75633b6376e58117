/** The documentation's claim example from its first curl to the owned resource, and every promise a claim makes on the way. */
import pg from "pg";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { plans } from "../../contract/plans.ts";
import { claimIt, freshEmail, mailsTo, newAccount, newestLink, pressButton, sessionOf } from "../support/accounts.ts";
import { createdSchema, expectError } from "../support/answers.ts";
import { freshKey } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { dump } from "../support/inspect.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";
import { runShell } from "../support/shell.ts";

/** The product documentation, "Claim flow", letter for letter, but for its placeholder of an address. */
const documented = (email: string) => `RESP=$(curl -X POST https://api.instanode.dev/db/new \\
-H "Content-Type: application/json" \\
-d '{"name":"prod-db"}')
JWT=$(echo $RESP | jq -r .upgrade_jwt)
curl "https://api.instanode.dev/claim/preview?t=$JWT"
echo
curl -X POST https://api.instanode.dev/claim \\
-d "{\\"jwt\\":\\"$JWT\\", \\"email\\":\\"${email}\\"}"
echo
echo $RESP`;

const rowOf = async (id: string) => (await query(stack.platformUrl, "SELECT * FROM resources WHERE id = $1", [id]))[0] ?? {};
const itemOf = async (token: string, headers: Record<string, string>) => {
  const answer = await api.call("GET", `/api/v1/resources/${token}`, { headers });
  expect(answer.status, answer.text).toBe(200);
  return z.object({ item: z.record(z.string(), z.unknown()) }).parse(answer.body).item;
};

describe("the documentation's claim example", () => {
  it("as printed, and then the click: the same URL works on, without an end and with the tier's connections", async () => {
    const email = freshEmail();
    const { stdout, exitCode, stderr } = await runShell(documented(email), { apiUrl: stack.apiUrl });
    expect(exitCode, stderr).toBe(0);
    const [preview = "", sent = "", created = ""] = stdout.split("\n").filter((line) => line !== "");
    expect(JSON.parse(preview)).toMatchObject({ ok: true, token_valid: true });
    expect(JSON.parse(sent)).toMatchObject({ ok: true, link_expires_in: 900 });
    const { connection_url, id, token } = createdSchema.parse(JSON.parse(created));

    const session = sessionOf(await pressButton(api, await newestLink(api, email)));
    const whoami = await api.call("GET", "/api/v1/whoami", { headers: { Authorization: `Bearer ${session}` } });
    expect(whoami.body).toMatchObject({ ok: true, email, tier: "hobby", plan_tier: "hobby", team_id: expect.any(String) });
    expect(await rowOf(id)).toMatchObject({ tier: "hobby", expires_at: null, attached_provisionally: false });
    expect(await itemOf(token, { Authorization: `Bearer ${session}` })).toMatchObject({ id, tier: "hobby", status: "active" });

    await expect.poll(async () => (await rowOf(id)).limit_generation, { timeout: 15_000 }).toBeNull();
    const clients = Array.from(
      { length: plans.tiers.hobby.limits.postgres_connections },
      () => new pg.Client({ connectionString: connection_url }),
    );
    await Promise.all(clients.map((client) => client.connect()));
    expect((await clients[0]?.query("select 1 as one"))?.rows).toEqual([{ one: 1 }]);
    await Promise.all(clients.map((client) => client.end()));
  });

  it("mails what it is about and what becomes of it, readable as text and as HTML", async () => {
    const { email } = await newAccount(api, {});
    const [mail] = await mailsTo(api, email);
    for (const part of [mail?.text, mail?.html]) expect(part).toMatch(/prod-db[\s\S]*UTC[\s\S]*callback\?t=[\s\S]*works once/);
    expect(mail?.html).not.toMatch(/<(?:img|script|link)\b|src=/);
  });
});

describe("POST /claim", () => {
  it.each([
    ["without a token", {}, "missing_token"],
    ["without an address", { token: "x" }, "missing_email"],
    ["with half an address", { token: "x", email: "me@" }, "invalid_email_format"],
    ["with two addresses", { token: "x", email: "a@example.com, b@example.com" }, "invalid_email_format"],
    ["with a line break in the address", { token: "x", email: "a@example.com\nBcc: b@example.com" }, "invalid_email_format"],
    ["with nonsense for a token", { token: "x", email: "me@example.com" }, "invalid_token"],
    ["with a list for a token", { token: ["x"], email: "me@example.com" }, "missing_token"],
    ["with a team name of two lines", { token: "x", email: "me@example.com", team_name: "a\nb" }, "invalid_team_name"],
  ] as const)("%s is %s", async (_what, body, code) => {
    expectError(await api.call("POST", "/claim", { body }), code);
  });

  it("takes no resource token: it stands in every receive_url", async () => {
    const { token } = await api.create();
    expectError(await api.call("POST", "/claim", { body: { token, email: freshEmail() } }), "invalid_token");
  });

  it("changes nothing but that a mail is sent", async () => {
    const created = await api.create();
    const before = await rowOf(created.id);
    await api.call("POST", "/claim", { body: { token: created.upgrade_jwt, email: freshEmail() } });
    expect(await rowOf(created.id)).toEqual(before);
  });

  it("names keys it does not know, and none of them does anything", async () => {
    const created = await api.create();
    const body = { token: created.upgrade_jwt, email: freshEmail(), tier: "team", team_id: created.id, user_id: created.id };
    const { body: answer } = await api.call("POST", "/claim", { body });
    expect(answer).toMatchObject({ ignored_fields: ["team_id", "tier", "user_id"] });
  });

  it("of a resource that is gone is 410, of one that is claimed 409", async () => {
    const gone = await api.create();
    await query(stack.platformUrl, "UPDATE resources SET expires_at = now() - interval '1 second' WHERE id = $1", [gone.id]);
    expectError(await api.call("POST", "/claim", { body: { token: gone.upgrade_jwt, email: freshEmail() } }), "resource_gone");
    const { created } = await newAccount(api, { caller: freshCaller() });
    expectError(await api.call("POST", "/claim", { body: { token: created.upgrade_jwt, email: freshEmail() } }), "already_claimed");
    const preview = await api.call("GET", `/claim/preview?t=${created.upgrade_jwt}`);
    expect(preview.body).toMatchObject({ token_valid: false, already_claimed: true, items: [] });
  });
});

describe("a claim", () => {
  it("has the stored idempotent answers of its resources forgotten", async () => {
    const [caller, key] = [freshCaller(), freshKey()];
    const created = await api.create({ caller, key });
    await claimIt(api, created, { caller });
    const again = await api.call("POST", "/db/new", { caller, headers: { "Idempotency-Key": key }, body: { name: "prod-db" } });
    expect(again.headers.get("x-idempotent-replay")).toBeNull();
    expect(createdSchema.parse(again.body).id).not.toBe(created.id);
  });

  it("into an account that is there already goes to its team", async () => {
    const { email, bearer } = await newAccount(api, { caller: freshCaller() });
    const caller = freshCaller();
    const later = await api.create({ caller });
    await claimIt(api, later, { caller, email });
    const { body } = await api.call("GET", "/api/v1/whoami", { headers: bearer });
    expect((await rowOf(later.id)).team_id).toBe(z.object({ team_id: z.uuid() }).parse(body).team_id);
  });

  it("writes down who did what, in the same statement", async () => {
    const { bearer, created } = await newAccount(api);
    const { body } = await api.call("GET", "/api/v1/audit", { headers: bearer });
    const { items } = z.object({ items: z.array(z.looseObject({ kind: z.string(), resource_id: z.string().nullable() })) }).parse(body);
    expect(items.map(({ kind }) => kind).sort()).toEqual(["resource.claimed", "session.opened", "team.created"]);
    expect(items.find(({ kind }) => kind === "resource.claimed")?.resource_id).toBe(created.id);
  });
});

describe("the pages", () => {
  it("the claim_url leads to a page that shows what it takes, and its form sends the mail", async () => {
    const created = await api.create({ name: "my-shop" });
    const start = await api.call("GET", new URL(created.claim_url).pathname + new URL(created.claim_url).search);
    const page = await api.call("GET", start.headers.get("location") ?? "");
    expect(page.status).toBe(200);
    expect(page.text).toContain("my-shop");
    expect(page.text).not.toContain(created.token);
    const email = freshEmail();
    const body = new URLSearchParams({ token: new URL(created.claim_url).searchParams.get("t") ?? "", email }).toString();
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    expect((await api.call("POST", "/claim/email", { headers, body })).text).toContain("Check your inbox");
    const link = await api.call("GET", `/auth/email/callback?t=${await newestLink(api, email)}`);
    expect(link.text).toMatch(/Now<[\s\S]*After<[\s\S]*Otherwise<[\s\S]*my-shop[\s\S]*<button/);
  });

  it("whatever is refused there is a page that says what to do", async () => {
    const { created } = await newAccount(api);
    for (const [path, status, words] of [
      ["/claim", 400, "claim_url"],
      ["/claim?t=nonsense", 400, "no longer valid"],
      [`/claim?t=${created.upgrade_jwt}`, 409, "Sign in"],
      ["/auth/email/callback", 400, "incomplete"],
      [`/auth/email/callback?t=${"x".repeat(43)}`, 400, "incomplete"],
    ] as const) {
      const { headers, text, status: answered } = await api.call("GET", path);
      expect([answered, headers.get("content-type")]).toEqual([status, "text/html; charset=UTF-8"]);
      expect(text).toContain(words);
      expect(text).not.toContain("<script");
    }
  });
});

it("keeps no link, token or session readable anywhere: only hashes", async () => {
  const { email, session, created } = await newAccount(api);
  const everything = await dump(stack.platformUrl);
  for (const secret of [session, created.token, created.upgrade_jwt, await newestLink(api, email)])
    expect(everything).not.toContain(secret);
  expect(everything).toContain(email);
});
