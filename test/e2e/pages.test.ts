/** The pages: who sees which, what they never show, what a form does once however often it is sent, and that a stranger's text stays text. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { plans } from "../../contract/plans.ts";
import { claimIt, newAccount, newApiKey, type Signed } from "../support/accounts.ts";
import { freshCaller } from "../support/callers.ts";
import type { Answer } from "../support/http.ts";
import { createInbox } from "../support/inbox.ts";
import { query, refusalOf } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const ACCESS_TABLE = readFileSync(new URL("../../docs/access.md", import.meta.url), "utf8");
/** As they are listed, so a new page is asked as well. */
const PAGES = [...ACCESS_TABLE.matchAll(/^\| (GET|POST) (\/dashboard\S*) \|/gm)].map(
  ([, method = "", path = ""]) => [method, path] as const,
);
const ABOUT_ONE = PAGES.filter(([, path]) => path.includes("{id}"));
const MIB = 1_048_576;
const IS_TAIL = /\/requests\/next$/;

type Who = Record<string, string>;
const ask = (method: string, path: string, headers: Who, fields: Record<string, string> = {}): Promise<Answer> =>
  method === "GET"
    ? api.call("GET", path, { headers })
    : api.call("POST", path, { headers: { ...FORM, ...headers }, body: new URLSearchParams(fields).toString() });
const post = (signed: Signed, path: string, fields: Record<string, string> = {}) => ask("POST", path, signed.cookie, fields);
const look = async ({ cookie }: Signed, path: string): Promise<string> => {
  const answer = await api.call("GET", path, { headers: cookie });
  expect(answer.status, answer.text).toBe(200);
  return answer.text;
};
const pageOf = (id: string, rest = ""): string => `/dashboard/resources/${id}${rest}`;
const opens = async (url: string) => (await refusalOf(url, "SELECT 1")) ?? "ok";
/** As it is read. */
const textOf = (html: string): string => html.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
/** The hidden field that makes a form one wish. */
const formIdIn = (text: string): string => /name="form_id" value="([0-9a-f-]{36})"/.exec(text)?.[1] ?? "";

/** No script, style or handler stands in the page itself, whatever its data is. Quoted values are text: they end where the page ends them. */
function expectNothingActive(html: string): void {
  for (const [, source] of html.matchAll(/<script[^>]*?(?: src="([^"]*)")?[^>]*>/g))
    expect(source).toMatch(/^\/docs\/[a-z]+\.js\?v=[0-9a-z]+$/);
  expect(html).not.toMatch(/\s(?:href|src|action)="(?!\/|#|\?)/);
  const markup = html.replaceAll(/="[^"]*"/g, "=");
  expect(markup).not.toMatch(/<style|<img|<iframe|<[^>]*\s(?:on[a-z]+|style)=|javascript:/i);
}

it("lists at least the pages there are today", () => {
  expect(PAGES.length).toBeGreaterThan(10);
});

describe("without a session", () => {
  it.each(PAGES.filter(([, path]) => !IS_TAIL.test(path)))("%s %s leads to the sign-in page, and back to a page", async (method, path) => {
    const account = await newAccount(api);
    const filled = path.replace("{id}", account.created.id);
    const { key } = await newApiKey(api, account, ["admin"]);
    const others: Who[] = [{}, { Cookie: "__Host-instanode_session=x" }, { Authorization: `Bearer ${key}` }];
    for (const headers of [...others, { Authorization: `Bearer ${account.created.upgrade_jwt}` }]) {
      const answer = await ask(method, filled, headers, { name: "prod-db" });
      expect(answer.status, answer.text).toBe(303);
      const back = new URL(answer.headers.get("location") ?? "", stack.apiUrl);
      expect(back.pathname).toBe("/login");
      // The id is a resource's: as a deployment it does not exist.
      const found = path.startsWith("/dashboard/deployments/{id}") ? 404 : 200;
      expect((await api.call("GET", back.searchParams.get("return_to") ?? "", { headers: account.cookie })).status).toBe(found);
    }
    expect(await opens(account.created.connection_url)).toBe("ok");
  });

  it("the live tail says so, for its script to stop", async () => {
    const { created } = await newAccount(api);
    expect((await api.call("GET", pageOf(created.id, "/requests/next"))).status).toBe(401);
  });

  it("signing in leads to where one wanted to go, and never elsewhere", async () => {
    const account = await newAccount(api);
    const to = async (path: string) =>
      (await api.call("GET", `/login?return_to=${path}`, { headers: account.cookie })).headers.get("location");
    expect(await to("/dashboard/audit")).toBe("/dashboard/audit");
    const odd = await api.call("GET", "/dashboard/resources/%2f%2fevil.example%22%3E");
    expect(odd.headers.get("location")).toBe("/login?return_to=%2Fdashboard");
    for (const foreign of ["//evil.example", "/%5Cevil.example", "https://evil.example"]) {
      expect((await api.call("GET", `/login?return_to=${foreign}`, { headers: account.cookie })).status).toBe(400);
    }
  });
});

describe("what is another team's", () => {
  it.each(ABOUT_ONE)("%s %s answers the bytes of what does not exist", async (method, path) => {
    const [mine, theirs] = [await newAccount(api), await newAccount(api)];
    const theirKey = await newApiKey(api, theirs, ["read"]);
    const asked = async (id: string) => {
      const headers = { ...mine.cookie, "X-Request-ID": "the-same" };
      const { status, text } = await ask(method, path.replace("{id}", id), headers, {
        name: "prod-db",
        upgrade_jwt: theirs.created.upgrade_jwt,
      });
      return { status, text };
    };
    const unknown = await asked(randomUUID());
    expect(unknown.status).toBe(404);
    expect(unknown.text).toContain("<h1>There is nothing here</h1>");
    for (const id of [theirs.created.id, theirs.created.token, theirKey.id, mine.created.token, "none", "%3Cscript%3E"]) {
      expect(await asked(id), id).toEqual(unknown);
    }
    expect(await opens(theirs.created.connection_url)).toBe("ok");
    expect((await api.call("GET", "/api/v1/whoami", { headers: theirKey.bearer })).status).toBe(200);
  });
});

describe("secrets", () => {
  it("are in the answer of a POST that nothing keeps, and in no page and no address", async () => {
    const account = await newAccount(api);
    const { created } = account;
    const pages = ["/dashboard", pageOf(created.id), "/dashboard/audit", "/dashboard/api-keys", "/dashboard/new"];
    for (const path of pages) {
      const text = await look(account, path);
      for (const secret of [created.token, created.connection_url, created.upgrade_jwt, account.session])
        expect(text, path).not.toContain(secret);
    }
    const shown = await post(account, pageOf(created.id, "/connection"));
    expect([shown.status, shown.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(shown.text.replaceAll("&amp;", "&")).toContain(created.connection_url);
    expect(shown.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'/);
  });

  it("a changed password is behind a second form: loading the answer again changes nothing", async () => {
    const account = await newAccount(api);
    const { id, connection_url } = account.created;
    const answer = await post(account, pageOf(id, "/rotate"));
    expect([answer.status, answer.headers.get("location")]).toEqual([303, `${pageOf(id)}?done=rotated`]);
    expect(await opens(connection_url)).toBe("28P01");
    expect(await look(account, `${pageOf(id)}?done=rotated`)).toContain("The password is changed");
    expect(await look(account, `${pageOf(id)}?done=__proto__`)).not.toContain('class="notice');
  });
});

it("pauses and resumes by form where the tier has it, as often as it is sent", async () => {
  const account = await newAccount(api);
  const { id, connection_url } = account.created;
  const refused = await post(account, pageOf(id, "/pause"));
  expect([refused.status, refused.text.includes("Your tier does not include this")]).toEqual([402, true]);
  expect(await look(account, pageOf(id))).toContain("Hobby does not include pausing");
  await query(stack.platformUrl, "UPDATE teams SET tier = 'pro' WHERE id = (SELECT team_id FROM resources WHERE id = $1)", [id]);
  for (const _time of ["first", "again"]) {
    expect((await post(account, pageOf(id, "/pause"))).headers.get("location")).toBe(`${pageOf(id)}?done=paused`);
  }
  expect(await opens(connection_url)).not.toBe("ok");
  const page = await look(account, pageOf(id));
  expect([page.includes("Connections are refused while it is paused"), page.includes("/resume")]).toEqual([true, true]);
  for (const _time of ["first", "again"]) {
    expect((await post(account, pageOf(id, "/resume"))).headers.get("location")).toBe(`${pageOf(id)}?done=resumed`);
  }
  expect(await opens(connection_url)).toBe("ok");
});

describe("a form sent twice", () => {
  it("makes one key, and shows the same; with other words it makes none", async () => {
    const account = await newAccount(api);
    const form_id = formIdIn(await look(account, "/dashboard/api-keys"));
    const sent = { name: "ci", scope: "read", form_id };
    const [first, again] = [await post(account, "/dashboard/api-keys", sent), await post(account, "/dashboard/api-keys", sent)];
    const [key] = /ink_[A-Za-z0-9_-]{43}/.exec(first.text) ?? [];
    expect([first.status, again.status, key]).toEqual([200, 200, /ink_[A-Za-z0-9_-]{43}/.exec(again.text)?.[0]]);
    expect((await post(account, "/dashboard/api-keys", { ...sent, name: "other" })).status).toBe(400);
    const { body } = await api.call("GET", "/api/v1/auth/api-keys", { headers: { Authorization: `Bearer ${key}` } });
    expect(body).toMatchObject({ total: 1, items: [{ name: "ci", scopes: ["read"] }] });
  });

  it("makes one resource", async () => {
    const account = await newAccount(api);
    const form_id = formIdIn(await look(account, "/dashboard/new"));
    const sent = { kind: "postgres", name: "by-form", env: "", form_id };
    const answers = await Promise.all([post(account, "/dashboard/new", sent), post(account, "/dashboard/new", sent)]);
    const [location, other] = answers.map(({ headers }) => headers.get("location"));
    expect(location).toMatch(/^\/dashboard\/resources\/[0-9a-f-]{36}\?done=created$/);
    expect(other).toBe(location);
    expect(await look(account, location ?? "")).toContain("by-form");
  });

  it.each([
    [{ kind: "deploy" }, "Choose a kind"],
    [{ name: "-" }, "a name is"],
    [{ env: "NO" }, "an environment"],
    [{ form_id: "1" }, "Nothing was made"],
  ])("with %j makes nothing and says what to correct, keeping what was typed", async (wrong, words) => {
    const account = await newAccount(api);
    const sent = { kind: "redis", name: "typed-name", env: "typed-env", form_id: randomUUID(), ...wrong };
    const answer = await post(account, "/dashboard/new", sent);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(words);
    expect(answer.text).toContain(`value="${sent.name}"`);
    expect(await look(account, "/dashboard")).toContain("1 of 20");
  });
});

it("a resource that only came along is confirmed with its own JWT, and closed before that", async () => {
  const caller = freshCaller();
  const [mine, along] = [await api.create({ caller, name: "mine" }), await api.create({ caller, name: "along" })];
  const account = await claimIt(api, mine, { caller });
  // What is not confirmed is held against no limit.
  expect(textOf(await look(account, "/dashboard"))).toMatch(/\b1 of 20 on Hobby, and 1 to be confirmed\./);
  expect(await look(account, "/dashboard")).toContain("to be confirmed");
  for (const action of ["connection", "rotate", "delete"]) {
    expect((await post(account, pageOf(along.id, `/${action}`), { name: "along" })).status, action).toBe(403);
  }
  const confirm = (upgrade_jwt: string) => post(account, pageOf(along.id, "/confirm"), { upgrade_jwt });
  for (const wrong of ["", "x", mine.upgrade_jwt, new URL(along.claim_url).searchParams.get("t") ?? ""]) {
    const refused = await confirm(wrong);
    expect([refused.status, refused.text.includes("That is not the upgrade_jwt")]).toEqual([400, true]);
  }
  expect((await confirm(` ${along.upgrade_jwt}\n`)).headers.get("location")).toBe(`${pageOf(along.id)}?done=confirmed`);
  expect((await post(account, pageOf(along.id, "/connection"))).text.replaceAll("&amp;", "&")).toContain(along.connection_url);
  expect(await opens(along.connection_url)).toBe("ok");
  expect(textOf(await look(account, "/dashboard"))).toMatch(/\b2 of 20 on Hobby\./);
});

it("the audit log's table is called what it is: the newest entries, as many as one answer holds", async () => {
  const account = await newAccount(api);
  const page = textOf(await look(account, "/dashboard/audit?kind=session.opened"));
  expect(page).toContain("Download the newest 200 as CSV");
  await query(
    stack.platformUrl,
    "INSERT INTO audit_log (team_id, actor_kind, action, details, created_at) SELECT team_id, 'system', 'session.opened', '{}', now() FROM resources, generate_series(1, 200) WHERE id = $1",
    [account.created.id],
  );
  const csv = await api.call("GET", "/api/v1/audit.csv?kind=session.opened", { headers: account.cookie });
  expect(csv.text.trimEnd().split("\r\n")).toHaveLength(1 + 200);
  expect(csv.headers.get("x-next-cursor")).toMatch(/^\d+$/);
});

describe("the live tail", () => {
  /** An inbox of an account, with one request that its page has shown. */
  async function shownInbox() {
    const [account, inbox] = [await newAccount(api), await createInbox(api)];
    const teams = "UPDATE resources SET team_id = (SELECT team_id FROM resources WHERE id = $1), fingerprint = NULL WHERE id = $2";
    await query(stack.platformUrl, teams, [account.created.id, inbox.created.id]);
    const first = await inbox.post("shown");
    const tail = async () => {
      const { text } = await api.call("GET", pageOf(inbox.created.id, `/requests/next?after=${first}`), { headers: account.cookie });
      return { text, ids: [...text.matchAll(/data-id="(req_[0-9a-f]{14})"/g)].map(([, id]) => id) };
    };
    return { account, inbox, tail };
  }

  it("shows all of a burst between two asks, the newest first", async () => {
    const { inbox, tail } = await shownInbox();
    const posted: string[] = [];
    for (let count = 0; count < 25; count += 1) posted.push(await inbox.post(`${count}`, { caller: freshCaller() }));
    const { ids, text } = await tail();
    expect(ids).toEqual(posted.reverse());
    expect(text).not.toMatch(/[Ee]arlier requests/);
  });

  it("says where the others are when more came than one answer holds", async () => {
    const { account, inbox, tail } = await shownInbox();
    const posted: string[] = [];
    // Five of a mebibyte are more than one page of the inbox.
    for (let count = 0; count < 5; count += 1) posted.unshift(await inbox.post("x".repeat(MIB), { caller: freshCaller() }));
    const { ids, text } = await tail();
    expect(ids.length).toBeGreaterThan(0);
    expect(ids).toEqual(posted.slice(0, ids.length));
    const [, href = ""] = /There are earlier requests\. <a href="([^"]+)"/.exec(text) ?? [];
    expect(await look(account, href)).toContain(`data-id="${posted[ids.length]}"`);
  });

  it("says so when others were pushed out before they could be shown", async () => {
    const { inbox, tail } = await shownInbox();
    const { webhook_requests_stored } = plans.tiers.anonymous.limits;
    await Promise.all(Array.from({ length: webhook_requests_stored + 2 }, () => inbox.post("x", { caller: freshCaller() })));
    expect((await tail()).text).toMatch(/Earlier requests are no longer kept/);
  });
});

describe("a stranger's or a caller's own text", () => {
  const MARKUP = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;`;

  it("of teams and keys is shown as text, wherever it is shown", async () => {
    const created = await api.create();
    const asked = await api.call("POST", "/claim", {
      body: { token: created.upgrade_jwt, email: "markup@example.com", team_name: MARKUP },
    });
    expect(asked.status, asked.text).toBe(200);
    const account = await newAccount(api);
    await query(stack.platformUrl, "UPDATE teams SET name = $1 WHERE id = (SELECT team_id FROM resources WHERE id = $2)", [
      MARKUP,
      account.created.id,
    ]);
    await query(stack.platformUrl, "UPDATE resources SET name = $1, env = $1 WHERE id = $2", [MARKUP, account.created.id]);
    const made = await post(account, "/dashboard/api-keys", { name: MARKUP, scope: "admin", form_id: randomUUID() });
    const wrong = await post(account, "/dashboard/new", { kind: MARKUP, name: MARKUP, env: MARKUP });
    const revealed = await post(account, pageOf(account.created.id, "/connection"));
    const listed = `/dashboard?env=${encodeURIComponent(MARKUP)}&type=${encodeURIComponent(MARKUP)}&done=${encodeURIComponent(MARKUP)}`;
    const pages = [
      "/dashboard",
      listed,
      pageOf(account.created.id),
      "/dashboard/api-keys",
      "/dashboard/audit",
      `/dashboard/audit?kind=%3Cscript%3E`,
    ];
    for (const text of [made.text, wrong.text, revealed.text, ...(await Promise.all(pages.map((path) => look(account, path))))]) {
      expectNothingActive(text);
      expect(text).toContain("&lt;script&gt;");
    }
  });

  it("in an inbox: path, query, headers and body, on the page and in the live tail", async () => {
    const account = await newAccount(api);
    const inbox = await createInbox(api);
    await query(
      stack.platformUrl,
      "UPDATE resources SET team_id = (SELECT team_id FROM resources WHERE id = $1), fingerprint = NULL WHERE id = $2",
      [account.created.id, inbox.created.id],
    );
    const tail = pageOf(inbox.created.id, "/requests/next");
    const waiting = api.call("GET", tail, { headers: account.cookie });
    const sent = await inbox.send("POST", {
      below: "/'onmouseover='alert(1)/%3Cscript%3E?q='onload='alert(1)",
      headers: { "X-Markup": MARKUP },
      body: MARKUP,
    });
    expect(sent.status, sent.text).toBe(200);
    const arrived = await waiting;
    expect([arrived.status, arrived.headers.get("cache-control")]).toEqual([200, "no-store"]);
    await inbox.send("POST", { body: Buffer.from([0xff, 0xfe, 0x00]) });
    const page = await look(account, pageOf(inbox.created.id));
    for (const text of [arrived.text, page]) {
      expectNothingActive(text);
      expect(text.match(/&lt;script&gt;alert/g)?.length).toBeGreaterThanOrEqual(2);
    }
    expect(page).toContain("//4A");
    const id = /data-id="(req_[0-9a-f]{14})"/.exec(page)?.[1];
    const older = await look(account, `${pageOf(inbox.created.id)}?before=${id}`);
    expect(older.match(/data-id=/g)?.length).toBe(1);
  });
});

describe("the public pages", () => {
  it("/ is JSON for an agent and a page for a browser, and a cache can tell them apart", async () => {
    const browser = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
    const [page, json, any] = [
      await api.call("GET", "/", { headers: browser }),
      await api.call("GET", "/"),
      await api.call("GET", "/", { headers: { Accept: "*/*" } }),
    ];
    expect(page.headers.get("content-type")).toBe("text/html; charset=UTF-8");
    expect([json.text, json.headers.get("content-type")]).toEqual([any.text, "application/json"]);
    expect([page.headers.get("vary"), json.headers.get("vary")]).toEqual(["Accept", "Accept"]);
    expectNothingActive(page.text);
    for (const path of ["/db/new", "/cache/new", "/nosql/new", "/queue/new", "/storage/new", "/webhook/new", "/vector/new"]) {
      expect(page.text).toContain(`curl -X POST ${stack.publicUrl}${path}`);
    }
  });

  it("the landing page promises the same URL and password unless a new one is asked for", async () => {
    const { text } = await api.call("GET", "/", { headers: { Accept: "text/html" } });
    expect(textOf(text)).toContain("URL and password do not change unless you ask for new ones.");
  });

  it("/pricing is plans.yaml: the public ladder, its prices and its numbers, and no other tier", async () => {
    const { text } = await api.call("GET", "/pricing");
    const titles = [...text.matchAll(/<h2 id="tier-\w+">([^<]+)<\/h2>/g)].map(([, title]) => title);
    expect(titles).toEqual(plans.public_ladder.map((tier) => plans.tiers[tier].display_name));
    for (const price of ["free", "$9", "$49", "$199", "$90", "$490", "$1,990"]) expect(text).toContain(price);
    // The documentation's own table.
    for (const cell of ["10 MB / 2c", "1 GB / 8c", "10 GB / 20c", "5 MB / 2c", "100 MB / 5c", "5 GB / 20c", "50 MB", "512 MB"])
      expect(text).toContain(cell);
    for (const hidden of ["Hobby Plus", "Growth", "yearly)", "$19 ", "$99"]) expect(text).not.toContain(hidden);
    expectNothingActive(text);
  });

  it.each([
    "/docs/site.css",
    "/docs/forms.css",
    "/docs/product.css",
    "/docs/dashboard.css",
    "/docs/icon.svg",
    "/docs/copy.js",
    "/docs/tail.js",
    "/docs/deployment.js",
  ])("%s is served from here, and loads nothing", async (path) => {
    const { status, text } = await api.call("GET", path);
    expect(status).toBe(200);
    expect(text.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/url\(|@import|https?:/);
  });
});
