/** `POST /webhook/new`: an inbox that takes anything from anybody who has its URL, and shows it to its owner alone. */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { plans } from "../../contract/plans.ts";
import { RECEIVE_HEADERS_MAX_BYTES, RECEIVE_MAX_BYTES, RECEIVE_TARGET_MAX_BYTES } from "../../contract/webhook-inbox.ts";
import { expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { createInbox, inboxOf, inboxSchema, receivedSchema } from "../support/inbox.ts";
import { expectNothingMade } from "../support/nothing-made.ts";
import { postAll } from "../support/posts.ts";
import { api, stack } from "../support/shared-stack.ts";
import { runShell } from "../support/shell.ts";
import { readLogs, readObjects } from "../support/stack.ts";

const { webhook_requests_stored: RING, requests_per_minute: RATE } = plans.tiers.anonymous.limits;

describe("POST /webhook/new", () => {
  it.each(["bash", "sh"] as const)(
    "the documentation's curl, pasted into %s, answers an inbox that takes a request at once",
    async (shell) => {
      const curl = `curl -X POST https://api.instanode.dev/webhook/new \\\n-H "Content-Type: application/json" \\\n-d '{"name":"github-webhook"}'`;
      const { stdout, exitCode } = await runShell(curl, { apiUrl: stack.apiUrl, shell });
      expect(exitCode).toBe(0);
      const inbox = inboxOf(api, inboxSchema.parse(JSON.parse(stdout)));
      expect(inbox.created).toMatchObject({ name: "github-webhook", limits: { requests_stored: RING, expires_in: "24h" } });
      expect(inbox.created.receive_url).toBe(`${stack.publicUrl}/webhook/receive/${inbox.created.token}`);
      const id = await inbox.post("ping");
      expect((await inbox.page()).requests).toMatchObject([{ id, body: "ping" }]);
    },
  );

  it("has the rules of every create", async () => {
    const post = (body: unknown, headers: Record<string, string> = {}) => api.call("POST", "/webhook/new", { body, headers });
    await expectNothingMade(stack, async () => {
      expectError(await post({}), "name_required");
      expectError(await post({ name: "?" }), "invalid_name");
      expectError(await post({ name: "x" }, { Authorization: "Bearer x" }), "unauthorized");
    });
    const created = inboxSchema.parse((await post({ name: "x", other: 1 })).body);
    expect(created.ignored_fields).toEqual(["other"]);
  });

  it("is replayed with its key: one inbox, one answer", async () => {
    const key = crypto.randomUUID();
    const [first, second] = [
      await createInbox(api, { headers: { "Idempotency-Key": key } }),
      await createInbox(api, { headers: { "Idempotency-Key": key } }),
    ];
    expect(second.created).toEqual(first.created);
    const id = await first.post("one");
    expect((await second.page()).requests).toMatchObject([{ id }]);
  });
});

/** Every method workerd hands to a Worker. */
const METHODS =
  "GET POST PUT DELETE PATCH OPTIONS TRACE PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH PURGE REPORT MERGE SUBSCRIBE UNSUBSCRIBE NOTIFY ACL MKACTIVITY CHECKOUT QUERY";
/** What it refuses itself, before any Worker: CONNECT because nothing here takes tunnels, the rest because it does not know them. */
const REFUSED_BY_RUNTIME: [method: string, status: number][] = [
  ["CONNECT", 500],
  ["M-SEARCH", 501],
  ["MKCALENDAR", 501],
  ["LINK", 501],
  ["UNLINK", 501],
  ["BIND", 501],
  ["REBIND", 501],
  ["UNBIND", 501],
  ["BREW", 501],
  ["post", 501],
];
const RAW_TIMEOUT_MS = 10_000;

/** Node's client knows fewer methods than the runtime: this sends the request line as it is. */
function rawStatus(method: string, path: string): Promise<number> {
  const { hostname, port } = new URL(stack.apiUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.setTimeout(RAW_TIMEOUT_MS, () => socket.destroy());
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody`);
  return text(socket).then((answer) => Number(answer.split(" ")[1]));
}

describe("ANY /webhook/receive/{token}", () => {
  it("takes every method the runtime passes on, with its body", async () => {
    const inbox = await createInbox(api);
    const methods = METHODS.split(" ");
    const path = new URL(inbox.created.receive_url).pathname;
    for (const method of methods) expect([method, await rawStatus(method, path)]).toEqual([method, 200]);
    const { requests } = await inbox.page("?limit=100");
    expect(requests.map(({ method, body }) => ({ method, body })).reverse()).toEqual(methods.map((method) => ({ method, body: "body" })));
  });

  it("answers HEAD without a body, and stores it", async () => {
    const inbox = await createInbox(api);
    const answer = await inbox.send("HEAD");
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect((await inbox.page()).requests).toMatchObject([{ method: "HEAD", id: answer.headers.get("x-webhook-request-id") }]);
  });

  it.each(REFUSED_BY_RUNTIME)("never sees %s: the runtime answers %i", async (method, status) => {
    const inbox = await createInbox(api);
    expect(await rawStatus(method, new URL(inbox.created.receive_url).pathname)).toBe(status);
    expect((await inbox.page()).total).toBe(0);
  });

  it("keeps path and query letter for letter, and the token out of both", async () => {
    const inbox = await createInbox(api);
    const below = [
      "",
      "/",
      "/github/push",
      "//a//",
      "/a%2Fb/%2e%2e/..;x",
      "/%zz",
      "?a=1&a=2&b=%zz+%20",
      "/x?",
      "?x=?/#",
      "/requests/next?wait=30",
    ];
    for (const rest of below) expect((await inbox.send("POST", { below: rest })).status, rest).toBe(200);
    const { requests } = await inbox.page();
    expect(requests.map(({ path, query }) => [path, query]).reverse()).toEqual([
      ["/", ""],
      ["/", ""],
      ["/github/push", ""],
      ["//a//", ""],
      ["/a%2Fb/%2e%2e/..;x", ""],
      ["/%zz", ""],
      ["/", "a=1&a=2&b=%zz+%20"],
      ["/x", ""],
      ["/", "x=?/"],
      ["/requests/next", "wait=30"],
    ]);
  });

  it("keeps headers as names with lists, secrets redacted, nothing about the sender's address", async () => {
    const inbox = await createInbox(api);
    const secret = () => randomBytes(24).toString("hex");
    const secrets = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "x-auth-token"];
    const headers = {
      ...Object.fromEntries(secrets.map((name) => [name, secret()])),
      "X-GitHub-Event": "push",
      "X-Hub-Signature-256": "sha256=abc",
      "X-Empty": "",
      "X-Forwarded-For": freshCaller(),
      "X-Real-IP": freshCaller(),
      Referer: inbox.created.receive_url.toUpperCase(),
    };
    await inbox.post("x", { headers });
    const [stored] = (await inbox.page()).requests;
    expect(stored?.headers).toMatchObject({
      ...Object.fromEntries(secrets.map((name) => [name.toLowerCase(), ["[REDACTED]"]])),
      "x-github-event": ["push"],
      "x-hub-signature-256": ["sha256=abc"],
      "x-empty": [""],
    });
    expect(stored?.headers.referer?.[0]).toMatch(/\/WEBHOOK\/RECEIVE\/\[REDACTED\]$/);
    expect(Object.keys(stored?.headers ?? {}).filter((name) => /^(cf-|x-forwarded|x-real)/.test(name))).toEqual([]);
    // What was redacted is nowhere: not on disk, not in a log. (Each is also noted as a canary for the end of the run.)
    const places = [...readObjects(stack), ...readLogs(stack)];
    for (const name of secrets) expect(places.filter((place) => place.text.includes(headers[name as keyof typeof headers]))).toEqual([]);
    expect(readLogs(stack).filter((log) => log.text.includes(inbox.created.token))).toEqual([]);
  });

  it("keeps any bytes: as text when they are UTF-8, else in base64", async () => {
    const inbox = await createInbox(api);
    const every = Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte));
    const bodies: (string | Buffer)[] = ["", "\u0000", '{"a":"é\\u0000"}', "\ufeffwith a mark", every, randomBytes(50_000)];
    for (const body of bodies) await inbox.post(body, { headers: { "Content-Type": "application/octet-stream" } });
    const { requests } = await inbox.page();
    const back = requests.map(({ body, body_encoding }) => Buffer.from(body, body_encoding === "base64" ? "base64" : "utf8")).reverse();
    expect(back.map((body) => body.toString("hex"))).toEqual(bodies.map((body) => Buffer.from(body).toString("hex")));
    expect(requests.map(({ body_encoding }) => body_encoding).reverse()).toEqual(["utf-8", "utf-8", "utf-8", "utf-8", "base64", "base64"]);
  });

  it.each(["with a length", "in chunks"])("takes exactly 1 MiB, %s, and not a byte more", async (how) => {
    const inbox = await createInbox(api);
    const sent = (bytes: number) => {
      const body = Buffer.alloc(bytes, "x");
      return how === "in chunks" ? { chunks: [body.subarray(0, 300_000), body.subarray(300_000)] } : { body };
    };
    for (const bytes of [RECEIVE_MAX_BYTES - 1, RECEIVE_MAX_BYTES]) expect((await inbox.send("PUT", sent(bytes))).status).toBe(200);
    expectError(await inbox.send("PUT", sent(RECEIVE_MAX_BYTES + 1)), "payload_too_large");
    const { requests } = await inbox.page();
    expect(requests.map(({ body }) => body.length)).toEqual([RECEIVE_MAX_BYTES, RECEIVE_MAX_BYTES - 1]);
  });

  it("takes URLs and headers up to their bounds, and says which was too long", async () => {
    const inbox = await createInbox(api);
    const below = (bytes: number) => `/${"a".repeat(999)}?${"q".repeat(bytes - 1_000)}`;
    for (const bytes of [RECEIVE_TARGET_MAX_BYTES - 1, RECEIVE_TARGET_MAX_BYTES]) {
      expect((await inbox.send("POST", { below: below(bytes) })).status).toBe(200);
    }
    expectError(await inbox.send("POST", { below: below(RECEIVE_TARGET_MAX_BYTES + 1) }), "target_too_long");
    expect((await inbox.send("POST", { headers: { "X-Big": "x".repeat(RECEIVE_HEADERS_MAX_BYTES - 500) } })).status).toBe(200);
    expectError(await inbox.send("POST", { headers: { "X-Big": "x".repeat(RECEIVE_HEADERS_MAX_BYTES) } }), "headers_too_large");
    expect((await inbox.page()).total).toBe(3);
  });

  it("is not there for any other token, and a guess leaves nothing behind", async () => {
    const database = await api.create();
    // An inbox has one such file; what SQLite keeps beside it comes and goes.
    const files = () => readObjects(stack).filter(({ name }) => /WebhookInbox.*\.sqlite$/.test(name)).length;
    const inbox = await createInbox(api);
    const before = files();
    expect(before).toBeGreaterThan(0);
    const tampered = inbox.created.token.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    for (const token of [crypto.randomUUID(), tampered, "none", "%00", ".", `${inbox.created.token}x`]) {
      expectError(await api.call("POST", `/webhook/receive/${token}`, { body: "x" }), "webhook_not_found");
    }
    expect(files()).toBe(before);
    expectError(await api.call("POST", `/webhook/receive/${database.token}`, { body: "x" }), "webhook_not_found");
    expectError(await api.call("POST", "/webhook/receive", { body: "x" }), "not_found");
    expectError(await api.call("POST", "/webhook/receive/", { body: "x" }), "not_found");
    expect((await api.call("POST", `/webhook/receive/${inbox.created.token.toUpperCase()}`, { body: "x" })).status).toBe(200);
  });

  it("is no matter of the sender's rate or credentials", async () => {
    const inbox = await createInbox(api);
    const caller = freshCaller();
    const posts = Array.from({ length: RATE + 20 }, () =>
      inbox.send("POST", { caller, body: "x", headers: { Authorization: "Basic eDp5" } }),
    );
    expect(new Set((await Promise.all(posts)).map(({ status }) => status))).toEqual(new Set([200]));
  });
});

describe("the ring", () => {
  it(`keeps the last ${RING} and says so when one had to go`, async () => {
    const inbox = await createInbox(api);
    const rotated: (string | null)[] = [];
    for (let count = 1; count <= RING + 2; count += 1)
      rotated.push((await inbox.send("POST", { body: String(count) })).headers.get("x-webhook-rotated"));
    expect(rotated.filter((value) => value !== null)).toEqual([inbox.created.token, inbox.created.token]);
    expect(rotated.indexOf(inbox.created.token)).toBe(RING);
    const { requests, total } = await inbox.page(`?limit=${RING}`);
    expect([total, requests[0]?.body, requests.at(-1)?.body]).toEqual([RING, String(RING + 2), "3"]);
  });

  it("takes 1,000 posts in parallel from 8 connections: each is stored or evicted in order, none lost, none twice", async () => {
    const inbox = await createInbox(api);
    const bodies = Array.from({ length: 1_000 }, (_, index) => `event ${index}`);
    const posted = await postAll(stack.apiUrl + new URL(inbox.created.receive_url).pathname, bodies, 8);
    expect(posted.filter(({ status }) => status !== 200)).toEqual([]);
    const inOrder = posted
      .map(({ body, answer }) => ({ body, id: receivedSchema.parse(JSON.parse(answer)).id }))
      .sort((a, b) => (a.id < b.id ? 1 : -1));
    expect(new Set(inOrder.map(({ id }) => id)).size).toBe(bodies.length);
    expect(posted.filter(({ rotated }) => rotated)).toHaveLength(bodies.length - RING);
    const { requests, total, next_cursor } = await inbox.page(`?limit=${RING}`);
    expect(requests.map(({ id, body }) => ({ id, body }))).toEqual(inOrder.slice(0, RING).map(({ id, body }) => ({ id, body })));
    expect([total, next_cursor]).toEqual([RING, null]);
  });
});

describe("a fixed response", () => {
  const rows: [what: string, response: Record<string, unknown>, type: string | null][] = [
    ["a plain text", { status: 202, content_type: "text/plain", body: "<b>thänks</b>" }, "text/plain; charset=utf-8"],
    ["JSON", { content_type: "application/json", body: '{"challenge":"é"}' }, "application/json; charset=utf-8"],
    ["XML", { status: 200, content_type: "application/xml", body: "<Response/>" }, "application/xml; charset=utf-8"],
    ["an error", { status: 503, body: "busy" }, "text/plain; charset=utf-8"],
    ["no content", { status: 204 }, null],
    ["nothing but a status", { status: 418 }, null],
    ["all defaults", {}, null],
  ];
  it.each(rows)("is %s, from then on, in a box no browser opens", async (_what, response, type) => {
    const inbox = await createInbox(api, { fields: { response } });
    const { status = 200, body = "" } = response as { status?: number; body?: string };
    expect(inbox.created.response).toEqual({ content_type: "text/plain", ...response, status, body });
    for (const method of ["GET", "POST"]) {
      const answer = await inbox.send(method, { below: "/x?y" });
      expect([answer.status, answer.text, answer.headers.get("content-type")]).toEqual([status, body, type]);
      expect(answer.headers.get("content-security-policy")).toMatch(/^sandbox; default-src 'none'/);
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(answer.headers.get("content-disposition")).toBe("attachment");
      expect(answer.headers.get("x-webhook-request-id")).toMatch(/^req_/);
    }
    expect((await inbox.page()).total).toBe(2);
  });

  it.each<[string, unknown]>([
    ["HTML", { content_type: "text/html", body: "<h1>x</h1>" }],
    ["an SVG", { content_type: "image/svg+xml", body: "<svg/>" }],
    ["a type with a parameter", { content_type: "text/plain; charset=utf-7", body: "x" }],
    ["a redirect", { status: 302, body: "" }],
    ["not modified", { status: 304 }],
    ["an interim status", { status: 101 }],
    ["status 600", { status: 600 }],
    ["status 199", { status: 199 }],
    ["half a status", { status: 200.5 }],
    ["a status in quotes", { status: "200" }],
    ["a cookie", { body: "x", headers: { "Set-Cookie": "a=b" } }],
    ["a location", { status: 200, location: "https://evil.example" }],
    ["JSON that does not parse", { content_type: "application/json", body: "{" }],
    ["XML that is none", { content_type: "application/xml", body: "x" }],
    ["a body where there is none", { status: 204, body: "x" }],
    ["a body that is no text", { body: { a: 1 } }],
    ["16385 bytes", { body: "x".repeat(16_385) }],
    ["16385 bytes in fewer characters", { body: `x${"é".repeat(8_192)}` }],
    ["a text", "ok"],
    ["a list", []],
    ["a number", 200],
  ])("is not %s", async (_what, response) => {
    await expectNothingMade(stack, async () => {
      expectError(await api.call("POST", "/webhook/new", { body: { name: "x", response } }), "invalid_response");
    });
  });

  it("may be 16384 bytes, or null for none", async () => {
    const large = await createInbox(api, { fields: { response: { body: "é".repeat(8_192) } } });
    expect((await large.send("POST")).text).toHaveLength(8_192);
    const none = await createInbox(api, { fields: { response: null } });
    expect(none.created.response).toBeUndefined();
    expect((await none.send("POST")).body).toMatchObject({ ok: true });
  });
});
