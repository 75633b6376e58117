import { describe, expect, it } from "vitest";
import { createApp } from "../../../worker/app.ts";
import { envelope, startApp } from "./support/ask.ts";

const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
  "referrer-policy": "strict-origin-when-cross-origin",
  "permissions-policy": "geolocation=(), microphone=(), camera=(), payment=()",
  "cross-origin-resource-policy": "same-origin",
};
const { ask, create, deps, database, lines } = await startApp();

/** One request for every kind of answer. */
const REQUESTS: Array<[string, () => Promise<Response>, number]> = [
  ["a create", () => create('{"name":"a"}'), 201],
  ["a refused create", () => create("{}"), 400],
  ["a bad credential", () => create('{"name":"a"}', { Authorization: "x" }), 401],
  ["an unknown path", () => ask("/nope"), 404],
  ["a wrong method", () => ask("/db/new"), 405],
  ["a body too large", () => create("x".repeat(70_000)), 413],
  ["a wrong type", () => create("x", { "Content-Type": "image/png" }), 415],
  ["a redirect", () => ask("/start?t=x"), 302],
  ["a page", () => ask("/docs"), 200],
  ["a file", () => ask("/docs/style.css"), 200],
  ["a probe", () => ask("/livez"), 200],
  ["HEAD", () => ask("/healthz", { method: "HEAD" }), 200],
  ["OPTIONS", () => ask("/db/new", { method: "OPTIONS" }), 204],
];

describe.each(REQUESTS)("the answer to %s", (_what, send, status) => {
  it("has the security headers, an id and a rule for caches", async () => {
    const response = await send();
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject(SECURITY_HEADERS);
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    expect(response.headers.get("content-security-policy")).not.toContain("unsafe");
    expect(response.headers.get("cache-control")).toBeTruthy();
    expect(response.headers.has("strict-transport-security")).toBe(false);
    expect(response.headers.has("access-control-allow-origin")).toBe(false);
  });
});

describe("a crash", () => {
  it("is an envelope with every header, names no cause, and is logged with one", async () => {
    const { deps: broken, lines: logged } = await startApp();
    broken.hasher.fingerprint = () => Promise.reject(new Error("hunter2"));
    const response = await createApp(broken).request("/healthz", { headers: { "X-Request-ID": "mine" } });
    expect(response.status).toBe(500);
    expect(Object.fromEntries(response.headers)).toMatchObject({ ...SECURITY_HEADERS, "x-request-id": "mine" });
    expect(await envelope(response)).toMatchObject({ error: "internal_error", request_id: "mine" });
    expect(logged.join("\n")).toContain("request.crashed");
    expect(logged.join("\n")).not.toContain("hunter2");
  });
});

it("asks for TLS for two years in production only", async () => {
  const production = await startApp({ environment: "production", localCaller: false });
  expect((await production.ask("/nope")).headers.get("strict-transport-security")).toBe("max-age=63072000; includeSubDomains");
});

describe("Server-Timing", () => {
  const steps = (response: Response) =>
    [...(response.headers.get("server-timing") ?? "").matchAll(/([a-z_]+);dur=/g)].map(([, step]) => step);

  it("says in development what each step of a create took", async () => {
    expect(steps(await create('{"name":"timed"}')).sort()).toEqual(["admission", "ceilings", "row", "tenant", "total"]);
  });

  it("says nothing in production", async () => {
    const production = await startApp({ environment: "production", localCaller: false });
    const response = await production.create('{"name":"timed"}');
    expect([response.status, response.headers.has("server-timing")]).toEqual([201, false]);
  });
});

describe("the request id", () => {
  it.each(["a", "Az09._-", "x".repeat(128)])("%s of the caller is kept, in header and envelope", async (id) => {
    const response = await ask("/nope", { headers: { "X-Request-ID": id } });
    expect(response.headers.get("x-request-id")).toBe(id);
    expect((await envelope(response)).request_id).toBe(id);
  });

  it.each(["", "a b", "x".repeat(129), "a/b", "{}", "ü"])("%j of the caller is replaced", async (id) => {
    const response = await ask("/nope", { headers: { "X-Request-ID": id } });
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("paths and methods", () => {
  it.each(["/nope", "/db", "/db/new/", "/db/new/x", "/DB/NEW", "//db/new", "/claim/preview/", "/%2e%2e/x", "/docs/../x"])(
    "%s does not exist",
    async (path) => {
      const response = await ask(path);
      const { error } = await envelope(response);
      expect([response.status, error]).toEqual([404, "not_found"]);
      expect((await ask(path, { method: "OPTIONS" })).status).toBe(404);
    },
  );

  it.each([
    ["GET", "/db/new", "POST, OPTIONS"],
    ["HEAD", "/db/new", "POST, OPTIONS"],
    ["PUT", "/db/new", "POST, OPTIONS"],
    ["DELETE", "/db/new", "POST, OPTIONS"],
    ["PROPFIND", "/db/new", "POST, OPTIONS"],
    ["POST", "/healthz", "GET, HEAD, OPTIONS"],
    ["PUT", "/claim/preview", "GET, HEAD, POST, OPTIONS"],
    ["POST", "/", "GET, HEAD, OPTIONS"],
  ])("%s %s is refused with what the path takes", async (method, path, allow) => {
    const response = await ask(path, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
    if (method !== "HEAD")
      expect(await envelope(response)).toMatchObject({ error: "method_not_allowed", message: expect.stringContaining(allow) });
  });

  it("HEAD answers like GET without the body", async () => {
    const [get, head] = [await ask("/openapi.json"), await ask("/openapi.json", { method: "HEAD" })];
    expect([head.status, head.headers.get("content-type"), await head.text()]).toEqual([200, get.headers.get("content-type"), ""]);
  });

  it("OPTIONS names the methods and lets no other origin in", async () => {
    const response = await ask("/db/new", {
      method: "OPTIONS",
      headers: { Origin: "https://evil.example", "Access-Control-Request-Method": "POST" },
    });
    expect([response.status, response.headers.get("allow"), await response.text()]).toEqual([204, "POST, OPTIONS", ""]);
  });
});

describe("a credential on an anonymous-capable route", () => {
  const upgrade = () => deps.tokens.issueUpgrade({ resourceToken: "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d", fingerprint: "f" });

  it.each([
    ["", "malformed_token"],
    ["Bearer", "malformed_token"],
    ["Bearer ", "malformed_token"],
    ["Basic dTpw", "malformed_token"],
    ["Bearer a b", "malformed_token"],
    ["Bearer not-a-jwt", "malformed_token"],
    ["bearer ink_0123456789", "malformed_token"],
  ])("%j is 401 %s, never an anonymous create", async (authorization, code) => {
    const asked = database.asked;
    const response = await create('{"name":"a"}', { Authorization: authorization });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="instanode"');
    expect(await envelope(response)).toMatchObject({
      error: "unauthorized",
      error_code: code,
      upgrade_url: expect.stringContaining("https://"),
    });
    expect(database.asked).toBe(asked);
  });

  it("that is a valid upgrade JWT is no account either", async () => {
    const response = await create('{"name":"a"}', { Authorization: `Bearer ${await upgrade()}` });
    expect(await envelope(response)).toMatchObject({ error: "unauthorized", error_code: "invalid_claims" });
  });

  it("that has expired says so", async () => {
    const { clock, deps: later, create: send } = await startApp();
    const jwt = await later.tokens.issueUpgrade({ resourceToken: "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d", fingerprint: "f" });
    clock.nowMs += 8 * 86_400_000;
    expect((await envelope(await send('{"name":"a"}', { Authorization: `Bearer ${jwt}` }))).error_code).toBe("expired_token");
  });

  it("is not looked at where none is needed", async () => {
    expect((await ask("/livez", { headers: { Authorization: "nonsense", "Content-Type": "application/json" } })).status).toBe(200);
  });
});

describe("the access log", () => {
  it("names patterns, codes and ids, and nothing a caller sent", async () => {
    lines.length = 0;
    await create(
      '{"name":"s3cret-name"}',
      { "Idempotency-Key": "s3cret-key-0123456789-0123456789", "X-Request-ID": "mine" },
      "/db/new?env=s3cret-env",
    );
    await ask("/claim/preview?t=s3cret-token");
    await ask("/s3cret-path");
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed.filter(({ event }) => event === "request")).toMatchObject([
      { requestId: "mine", method: "POST", route: "POST /db/new", status: 201, durationMs: 0 },
      { route: "GET /claim/preview", status: 400, code: "invalid_token" },
      { route: "unmatched", status: 404, code: "not_found" },
    ]);
    expect(lines.join("\n")).not.toContain("s3cret");
  });
});
