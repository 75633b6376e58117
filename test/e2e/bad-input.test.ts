/** Every documented refusal has its code, says what to do next, and makes nothing. One row of the table is one promise. */
import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../contract/errors.ts";
import { expectError } from "../support/answers.ts";
import { freshKey } from "../support/api.ts";
import { expectNothingMade } from "../support/nothing-made.ts";
import { api, stack } from "../support/shared-stack.ts";

const NAME = { name: "prod-db" };
const BODY_MAX_BYTES = 65_536;

/** A valid body of exactly this many bytes. */
const bodyOf = (bytes: number): string => {
  const empty = JSON.stringify({ ...NAME, pad: "" });
  return JSON.stringify({ ...NAME, pad: "x".repeat(bytes - empty.length) });
};

describe("the body's fields", () => {
  const rows: [what: string, body: unknown, code: ErrorCode][] = [
    ["no body", undefined, "name_required"],
    ["an empty object", {}, "name_required"],
    ["a null name", { name: null }, "name_required"],
    ["an empty name", { name: "" }, "name_required"],
    ["a blank name", { name: " \t\n " }, "name_required"],
    ["a name in another key", { Name: "prod-db" }, "name_required"],
    ["a name that comes by inheritance", '{"__proto__":{"name":"prod-db"}}', "name_required"],
    ["65 characters", { name: "x".repeat(65) }, "invalid_name"],
    ["a name that begins with a hyphen", { name: "-db" }, "invalid_name"],
    ["a name that begins with an underscore", { name: "_db" }, "invalid_name"],
    ["a dot in the name", { name: "prod.db" }, "invalid_name"],
    ["a slash in the name", { name: "prod/db" }, "invalid_name"],
    ["a quote in the name", { name: "prod'db" }, "invalid_name"],
    ["a line break in the name", { name: "prod\ndb" }, "invalid_name"],
    ["a NUL in the name", { name: "prod\u0000db" }, "invalid_name"],
    ["an umlaut in the name", { name: "pröd" }, "invalid_name"],
    ["a lone surrogate in the name", '{"name":"prod\\ud800"}', "invalid_name"],
    ["a number as the name", { name: 42 }, "invalid_name"],
    ["a list as the name", { name: ["prod-db"] }, "invalid_name"],
    ["an object as the name", { name: { toString: "prod-db" } }, "invalid_name"],
    ["true as the name", { name: true }, "invalid_name"],
    ["an empty env", { ...NAME, env: "" }, "invalid_env"],
    ["33 characters of env", { ...NAME, env: "e".repeat(33) }, "invalid_env"],
    ["capitals in env", { ...NAME, env: "Production" }, "invalid_env"],
    ["an underscore in env", { ...NAME, env: "a_b" }, "invalid_env"],
    ["a number as env", { ...NAME, env: 1 }, "invalid_env"],
    ["a line break after env", { ...NAME, env: "staging\n" }, "invalid_env"],
    ["a bad name and a bad env", { name: "?", env: "?" }, "invalid_name"],
  ];
  it.each(rows)("%s", async (_what, body, code) => {
    await expectNothingMade(stack, async () => expectError(await api.post(body), code));
  });

  it("a bad ?env= though the body's is fine", async () => {
    await expectNothingMade(stack, async () => {
      const answer = await api.call("POST", "/db/new?env=NO", { body: { ...NAME, env: "staging" } });
      expectError(answer, "invalid_env");
    });
  });
});

describe("the body itself", () => {
  const rows: [what: string, body: string | Uint8Array, code: ErrorCode][] = [
    ["not JSON", "name=prod-db", "invalid_body"],
    ["half of a JSON text", '{"name":"prod-db"', "invalid_body"],
    ["two JSON texts", '{"name":"prod-db"}{}', "invalid_body"],
    ["white space alone", "  \n", "invalid_body"],
    ["a list", '[{"name":"prod-db"}]', "invalid_body"],
    ["a text", '"prod-db"', "invalid_body"],
    ["a number", "1", "invalid_body"],
    ["null", "null", "invalid_body"],
    ["a raw NUL", '{"name":"a\u0000b"}', "invalid_body"],
    ["bytes that are no UTF-8", Buffer.from('{"name":"pr\xf6d"}', "latin1"), "invalid_body"],
    ["UTF-16", Buffer.from('{"name":"prod-db"}', "utf16le"), "invalid_body"],
    ["gzip", Buffer.from("1f8b0800000000000003", "hex"), "invalid_body"],
    ["100 levels", `{"name":"prod-db","x":${"[".repeat(100)}${"]".repeat(100)}}`, "invalid_body"],
    ["30,000 levels", `{"name":"prod-db","x":${"[".repeat(30_000)}${"]".repeat(30_000)}}`, "invalid_body"],
  ];
  it.each(rows)("%s", async (_what, body, code) => {
    const headers = { "Content-Type": "application/json" };
    await expectNothingMade(stack, async () => expectError(await api.post(body, { headers }), code));
  });

  it.each([BODY_MAX_BYTES - 1, BODY_MAX_BYTES])("%i bytes are taken", async (bytes) => {
    const answer = await api.post(bodyOf(bytes));
    expect(answer.status, answer.text).toBe(201);
  });

  it.each([BODY_MAX_BYTES + 1, 20 * BODY_MAX_BYTES])("%i bytes are too many", async (bytes) => {
    await expectNothingMade(stack, async () => expectError(await api.post(bodyOf(bytes)), "payload_too_large"));
  });

  it("is counted when no length is declared", async () => {
    const whole = bodyOf(BODY_MAX_BYTES + 1);
    const chunks = [whole.slice(0, 10), whole.slice(10, 40_000), whole.slice(40_000)];
    await expectNothingMade(stack, async () => expectError(await api.post(undefined, { chunks }), "payload_too_large"));
  });
});

describe("its type", () => {
  it.each([[undefined], ["text/plain"], ["application/x-www-form-urlencoded"], ["application/json; charset=utf-8"], ["APPLICATION/JSON"]])(
    "%s is read as JSON",
    async (type) => {
      const answer = await api.post('{"name":"prod-db"}', { headers: type === undefined ? {} : { "Content-Type": type } });
      expect(answer.status, answer.text).toBe(201);
    },
  );

  it.each([["text/html"], ["application/xml"], ["multipart/form-data; boundary=x"], ["application/octet-stream"], ["json"]])(
    "%s is refused",
    async (type) => {
      const headers = { "Content-Type": type };
      await expectNothingMade(stack, async () => expectError(await api.post('{"name":"prod-db"}', { headers }), "unsupported_media_type"));
    },
  );

  it("chunks without a length are read like any body", async () => {
    const answer = await api.post(undefined, { chunks: ['{"na', 'me":"pr', 'od-db"}'] });
    expect(answer.status, answer.text).toBe(201);
  });
});

describe("Idempotency-Key", () => {
  const rows: [what: string, key: string][] = [
    ["empty", ""],
    ["256 characters", "k".repeat(256)],
    ["not ASCII", `${freshKey()}é`],
    ["a tab inside", `${freshKey()}\t${freshKey()}`],
    ["guessable: one word", "retry"],
    ["guessable: 31 characters", "k".repeat(31)],
    ["a UUID that lacks a digit", freshKey().slice(0, 35).replaceAll("-", "")],
  ];
  it.each(rows)("%s", async (_what, key) => {
    const headers = { "Idempotency-Key": key };
    await expectNothingMade(stack, async () => expectError(await api.post(NAME, { headers }), "invalid_idempotency_key"));
  });
});

describe("the path and the method", () => {
  it.each([
    ["/nothing"],
    ["/db"],
    ["/db/new/"],
    ["/db/new/x"],
    ["/DB/NEW"],
    ["//db/new"],
    ["/db//new"],
    ["/docs/../db/new"],
    ["/docs/none.js"],
  ])("POST %s is not there", async (path) => {
    await expectNothingMade(stack, async () => {
      const answer = await api.call("POST", path, { body: NAME });
      expect([404, 405]).toContain(answer.status);
      expectError(answer, answer.status === 404 ? "not_found" : "method_not_allowed");
    });
  });

  it.each([
    ["GET", "/db/new", "POST, OPTIONS"],
    ["PUT", "/db/new", "POST, OPTIONS"],
    ["DELETE", "/db/new", "POST, OPTIONS"],
    ["PUT", "/claim/preview", "GET, HEAD, POST, OPTIONS"],
    ["POST", "/healthz", "GET, HEAD, OPTIONS"],
    ["PATCH", "/", "GET, HEAD, OPTIONS"],
  ])("%s %s names what it takes", async (method, path, allow) => {
    await expectNothingMade(stack, async () => {
      const answer = await api.call(method, path, { body: NAME });
      expectError(answer, "method_not_allowed");
      expect(answer.headers.get("allow")).toBe(allow);
    });
  });

  it("OPTIONS names the methods and nothing else", async () => {
    const answer = await api.call("OPTIONS", "/db/new");
    expect([answer.status, answer.text, answer.headers.get("allow")]).toEqual([204, "", "POST, OPTIONS"]);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("GET /claim/preview", () => {
  it.each([
    ["no token", "/claim/preview", "missing_token"],
    ["an empty token", "/claim/preview?t=", "missing_token"],
    ["a blank token", "/claim/preview?t=%20", "missing_token"],
    ["a word", "/claim/preview?t=word", "invalid_token"],
    ["a resource token", `/claim/preview?t=${freshKey()}`, "invalid_token"],
    ["three empty parts", "/claim/preview?t=..", "invalid_token"],
    ["a very long token", `/claim/preview?t=${"a".repeat(5_000)}`, "invalid_token"],
    ["a token that is no UTF-8", "/claim/preview?t=%ff%fe", "invalid_token"],
  ] satisfies [string, string, ErrorCode][])("%s", async (_what, target, code) => {
    expectError(await api.call("GET", target), code);
  });
});

describe("POST /internal/bridge/reports", () => {
  it.each([
    ["nothing", ""],
    ["a word", "report"],
    ["JSON", '{"kind":"sizes"}'],
    ["an unsigned token", "eyJhbGciOiJub25lIn0.e30."],
    ["a caller's own JWT, without a key we know", "eyJhbGciOiJIUzI1NiIsImtpZCI6IngifQ.e30.AA"],
  ])("%s is no report", async (_what, body) => {
    expectError(await api.call("POST", "/internal/bridge/reports", { body }), "malformed_report");
  });

  it("takes no caller's upgrade JWT for one of ours, and no more than its bytes", async () => {
    const { upgrade_jwt } = await api.create();
    expectError(await api.call("POST", "/internal/bridge/reports", { body: upgrade_jwt }), "unknown_report_key");
    expectError(await api.call("POST", "/internal/bridge/reports", { body: "x".repeat(131_073) }), "payload_too_large");
  });
});
