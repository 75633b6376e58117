/** What operators and browsers rely on: probes in the documented shape, pages that need no other host, the same safe headers on every answer. */
import { describe, expect, it } from "vitest";
import { healthSchema, readinessSchema } from "../../contract/readiness.ts";
import { createdSchema } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import type { Answer } from "../support/http.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { api, stack } from "../support/shared-stack.ts";
import { readLogs } from "../support/stack.ts";

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

describe("probes", () => {
  it("healthz names the build", async () => {
    const answer = await api.call("GET", "/healthz");
    const health = healthSchema.strict().parse(answer.body);
    expect([answer.status, health.ok]).toEqual([200, true]);
    expect(health.commit_id).toMatch(/^([0-9a-f]{7,40}|unknown)$/);
    expect(health.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(Number.isNaN(Date.parse(health.build_time))).toBe(false);
  });

  it("readyz is a map of checks, each recent and in time, without a word about hosts or users", async () => {
    const answer = await api.call("GET", "/readyz");
    const matrix = readinessSchema.strict().parse(answer.body);
    expect([answer.status, matrix.ok, matrix.overall]).toEqual([200, true, "ok"]);
    expect(Object.keys(matrix.checks)).toEqual(expect.arrayContaining(["platform_db", "provisioner_grpc", "customer_db"]));
    for (const check of Object.values(matrix.checks)) {
      expect(check.latency_ms).toBeGreaterThanOrEqual(0);
      expect(Date.now() - Date.parse(check.last_checked)).toBeLessThan(30_000);
    }
    expect(answer.text).not.toMatch(/postgres:|127\.0\.0\.1|instanode_/);
  });

  it("readyz is computed once for many callers", async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => api.call("GET", "/readyz", { caller: freshCaller() })));
    const again = await api.call("GET", "/readyz");
    const checkedAt = ({ body }: Answer) => readinessSchema.parse(body).checks.platform_db?.last_checked;
    expect(answers.map(checkedAt)).toContain(checkedAt(again));
  });

  it("probes are never cached on the way", async () => {
    for (const path of ["/healthz", "/readyz", "/livez"]) {
      expect((await api.call("GET", path)).headers.get("cache-control"), path).toBe("no-store");
    }
  });

  it("the bridge answers in the same shapes", async () => {
    const [health, ready, metrics] = await Promise.all(["healthz", "readyz", "metrics"].map((path) => fetch(`${stack.bridgeUrl}/${path}`)));
    expect(healthSchema.parse(await health?.json()).ok).toBe(true);
    expect(readinessSchema.parse(await ready?.json()).overall).toBe("ok");
    expect(metrics?.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await metrics?.text()).toMatch(/^# HELP /m);
  });

  it("the root says where to go, with a curl that works", async () => {
    const { body } = await api.call("GET", "/");
    expect(body).toMatchObject({ ok: true, docs: `${stack.publicUrl}/docs`, openapi: `${stack.publicUrl}/openapi.json` });
  });
});

/** What an HTML page or a stylesheet makes a browser fetch. */
const LOADED = /(?:<(?:script|img|iframe|source)[^>]*\ssrc|<link[^>]*\shref)="([^"]*)"|url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)/g;
const linksIn = (text: string) => [...text.matchAll(LOADED)].map(([, ...groups]) => groups.find((group) => group !== undefined) ?? "");

describe.each(["/docs", "/docs/idempotency"])("the page %s", (path) => {
  it("loads everything from here, and a policy forbids anything else", async () => {
    const page = await api.call("GET", path);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*|unsafe|wss?:/);

    const files = linksIn(page.text);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect(file).toMatch(/^\/docs\/[a-z0-9._-]+$/);
      const loaded = await api.call("GET", file);
      expect(loaded.status, file).toBe(200);
      expect(loaded.headers.get("cache-control"), file).toMatch(/^public, max-age=\d+$/);
      if (!file.endsWith(".css")) continue;
      for (const inner of linksIn(loaded.text)) expect(inner, file).toMatch(/^(data:|#|\/docs\/)/);
    }
  });

  it("has no script or style of its own inside it, which the policy would stop", async () => {
    const { text } = await api.call("GET", path);
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son[a-z]+=|\sstyle=|javascript:/i);
  });
});

it("the reference reads our own document and asks no validator elsewhere", async () => {
  const script = await api.call("GET", "/docs/reference.js");
  expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(script.text).toContain('fetch("/openapi.json")');
  expect(script.text).toContain("validatorUrl: null");
  expect(script.text).not.toMatch(/https?:\/\//);
});

describe("every kind of answer", () => {
  const limited = freshCaller();
  const kinds: [what: string, status: number, ask: () => Promise<Answer>][] = [
    ["a create", 201, () => api.post({ name: "prod-db" })],
    ["a page", 200, () => api.call("GET", "/docs")],
    ["a file", 200, () => api.call("GET", "/docs/swagger-ui.css")],
    ["the document", 200, () => api.call("GET", "/openapi.json")],
    ["keys", 200, () => api.call("GET", "/.well-known/jwks.json")],
    ["a HEAD", 200, () => api.call("HEAD", "/healthz")],
    ["an OPTIONS", 204, () => api.call("OPTIONS", "/db/new")],
    ["a redirect", 302, () => api.call("GET", "/start?t=x")],
    ["a refusal", 400, () => api.post({})],
    ["a bad bearer", 401, () => api.post({ name: "x" }, { headers: { Authorization: "Bearer x" } })],
    ["an unknown path", 404, () => api.call("GET", "/none")],
    ["a missing file", 404, () => api.call("GET", "/docs/none.css")],
    ["a wrong method", 405, () => api.call("PUT", "/db/new")],
    ["a body too large", 413, () => api.post("x".repeat(70_000))],
    ["a wrong type", 415, () => api.post("x", { headers: { "Content-Type": "text/html" } })],
    ["too many requests", 429, () => exhaust(limited)],
  ];
  it.each(kinds)("%s (%i) carries the security headers and a request id", async (_what, status, ask) => {
    const answer = await ask();
    expect(answer.status, answer.text).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "SAMEORIGIN",
      "referrer-policy": "strict-origin-when-cross-origin",
      "permissions-policy": "geolocation=(), microphone=(), camera=(), payment=()",
      "cross-origin-resource-policy": "same-origin",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
      "cache-control": expect.any(String),
      "x-request-id": expect.stringMatching(REQUEST_ID),
    });
    // Development is not served over TLS: a browser told otherwise could not come back.
    expect(answer.headers.get("strict-transport-security")).toBeNull();
    expect(answer.headers.get("x-powered-by")).toBeNull();
  });

  async function exhaust(caller: string): Promise<Answer> {
    await Promise.all(Array.from({ length: 100 }, () => api.call("GET", "/.well-known/jwks.json", { caller })));
    return api.call("GET", "/.well-known/jwks.json", { caller });
  }
});

describe("logs", () => {
  it("follow one request through Worker and bridge by its id", async () => {
    const requestId = `trace-${freshCaller().replaceAll(":", "")}`;
    await api.post({ name: "prod-db" }, { headers: { "X-Request-ID": requestId } });
    const logs = readLogs(stack);
    for (const name of ["worker.log", "bridge.log"]) expect(logs.find((log) => log.name === name)?.text, name).toContain(requestId);
  });

  it("and stores hold no secret in the open, whatever passed through", async () => {
    const answer = await api.post({ name: "prod-db" }, { headers: { "Idempotency-Key": `canary-${freshCaller()}-${freshCaller()}` } });
    const { upgrade_jwt, token } = createdSchema.parse(answer.body);
    await api.call("GET", `/claim/preview?t=${upgrade_jwt}`);
    await api.call("GET", `/start?t=${upgrade_jwt}`);
    await api.call("GET", `/${token}/${upgrade_jwt}`);
    await api.call("POST", `/webhook/receive/${token}`, { body: { connection_url: createdSchema.parse(answer.body).connection_url } });
    await api.post({ name: "prod-db" }, { headers: { Authorization: `Bearer ${upgrade_jwt}` } });
    await expectNoLeaks(stack);
  });
});
