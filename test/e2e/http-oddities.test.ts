/** Whatever arrives over HTTP, however odd, is answered: never by a crash, and always with the envelope when it is an error. */
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { expectEnvelope, expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import type { Answer } from "../support/http.ts";
import { expectNothingMade } from "../support/nothing-made.ts";
import { api, stack } from "../support/shared-stack.ts";

const SERVER_ERROR = 500;
const CLIENT_ERROR = 400;
const NAME = { name: "prod-db" };

function expectWellBehaved(answer: Answer): void {
  expect(answer.status, answer.text).toBeLessThan(SERVER_ERROR);
  if (answer.status >= CLIENT_ERROR) expectEnvelope(answer);
}

/** What is hardly HTTP the server refuses itself, before any Worker: with a plain 4xx, or 501 for a method it does not know. */
const CRASH = /^HTTP\/1\.[01] 5(?!01 Not Implemented)/;

describe("odd paths", () => {
  it.each([
    ["/%"],
    ["/%zz"],
    ["/%00"],
    ["/%ff%fe"],
    ["/db/new%00"],
    ["/db%2fnew"],
    ["/..%2f..%2fetc/passwd"],
    ["/docs/%2e%2e/openapi.json"],
    ["/docs/..%5c..%5cetc"],
    ["/docs/.hidden.js"],
    ["/////////"],
    [`/${"a/".repeat(2_000)}`],
    [`/${"%41".repeat(2_000)}`],
    ["/db/new;jsessionid=1"],
    ["/?__proto__[x]=1"],
    ["/{file}"],
    ["/docs/{file}"],
    ["/constructor"],
    ["/__proto__"],
  ])("%j", async (path) => {
    expectWellBehaved(await api.call("GET", path));
    await expectNothingMade(stack, async () => expectWellBehaved(await api.call("POST", path, { body: NAME })));
  });

  it("an invalid percent sign in the query is read as it stands", async () => {
    expectError(await api.call("POST", "/db/new?env=%zz", { body: NAME }), "invalid_env");
    expectError(await api.call("GET", "/claim/preview?t=%"), "invalid_token");
  });

  it("the first ?env= counts when there are two", async () => {
    expectError(await api.call("POST", "/db/new?env=BAD&env=good", { body: NAME }), "invalid_env");
  });

  it("a request line with a whole URL (RFC 9112, 3.2.2) names the same route", async () => {
    const answer = await api.call("GET", `${stack.apiUrl}/livez`);
    expect(answer.status, answer.text).toBe(200);
    expectError(await api.call("GET", `${stack.apiUrl}/none`), "not_found");
  });
});

describe("odd headers", () => {
  it.each([
    ["a body said to be gzip", { "Content-Encoding": "gzip" }],
    ["an Accept nobody serves", { Accept: "image/tiff" }],
    ["a Range", { Range: "bytes=0-1" }],
    ["a foreign Origin", { Origin: "https://evil.example" }],
    ["a method override", { "X-HTTP-Method-Override": "DELETE" }],
    ["another Host", { Host: "evil.example" }],
    ["forwarded headers", { "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", Forwarded: "for=1.2.3.4" }],
    ["an Upgrade", { Upgrade: "h2c", Connection: "Upgrade" }],
    ["a request id with a line break's code", { "X-Request-ID": "a%0d%0ab" }],
    ["8 kB of cookies", { Cookie: `a=${"x".repeat(8_000)}` }],
  ])("%s", async (_what, headers) => {
    const answer = await api.call("GET", "/claim/preview", { headers });
    expectError(answer, "missing_token");
    expect(answer.text).not.toContain("evil.example");
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("a 1 MB header is refused without a crash, and the next request is fine", async () => {
    const refused = await raw(`GET /livez HTTP/1.1\r\nHost: a\r\nX-Big: ${"x".repeat(1_000_000)}\r\n\r\n`);
    expect(refused).not.toMatch(CRASH);
    expect((await api.call("GET", "/livez")).status).toBe(200);
  });

  it.each(["not an address", "1.2.3", "999.1.1.1", "::ffff:", "1.2.3.4, 5.6.7.8", "127.1", "0x7f.0.0.1", "1.2.3.4:80", "[::1]", "''"])(
    "the unreadable client address %j makes a capped stranger, not the local caller",
    async (caller) => {
      const answer = await api.call("GET", "/livez?", { caller });
      expect(answer.status).toBe(200);
      const counted = await api.call("GET", "/healthz", { caller });
      expect(counted.headers.get("ratelimit")).toMatch(/^"default";r=\d+/);
    },
  );
});

describe("what is hardly HTTP", () => {
  it.each([
    ["nothing but a line break", "\r\n\r\n"],
    ["a path that is not ASCII", "GET /\u00ff HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a method that is none", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a method of our own", "BREW /db/new HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
    ["HTTP/0.9", "GET /\r\n\r\n"],
    ["two lengths", "POST /db/new HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"],
    ["a length and chunks", "POST /db/new HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a negative length", "POST /db/new HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"],
    ["a chunk that is no number", "POST /db/new HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"],
    ["a bare request", "GET /livez HTTP/1.0\r\n\r\n"],
  ])("%s", async (_what, bytes) => {
    await expectNothingMade(stack, async () => expect(await raw(bytes)).not.toMatch(CRASH));
    expect((await api.call("GET", "/livez")).status).toBe(200);
  });

  it("a caller that hangs up in the middle of its body makes nothing and breaks nothing", async () => {
    await expectNothingMade(stack, async () => {
      await raw(`POST /db/new HTTP/1.1\r\nHost: a\r\nCF-Connecting-IP: ${freshCaller()}\r\nContent-Length: 100\r\n\r\n{"name":`, {
        hangUp: true,
      });
      expect((await api.call("GET", "/healthz")).status).toBe(200);
    });
  });
});

describe("HEAD", () => {
  it.each(["/", "/healthz", "/openapi.json", "/docs", "/docs/style.css"])("%s answers like GET, without the body", async (path) => {
    const [head, get] = [await api.call("HEAD", path), await api.call("GET", path)];
    expect([head.status, head.text]).toEqual([get.status, ""]);
    expect(head.headers.get("content-type")).toBe(get.headers.get("content-type"));
  });
});

const RAW_TIMEOUT_MS = 10_000;

/** Sends bytes as they are and reads to the end; the server closes, or we do once it has had its say. */
function raw(bytes: string, { hangUp = false } = {}): Promise<string> {
  const { hostname, port } = new URL(stack.apiUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.setTimeout(RAW_TIMEOUT_MS, () => socket.destroy());
  socket.on("error", () => {});
  socket.write(bytes, () => (hangUp ? socket.destroy() : socket.end()));
  return text(socket).catch(() => "");
}
