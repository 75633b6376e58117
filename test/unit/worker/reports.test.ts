/** Only our own bridge is believed, once, in time; every refusal has a code of its own. */
import { randomUUID } from "node:crypto";
import { importJWK, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import type { ErrorCode } from "../../../contract/errors.ts";
import { REPORT_AUDIENCE, REPORT_MAX_BYTES, REPORT_MAX_SIZES, REPORTS_PATH } from "../../../contract/reports.ts";
import { MESSAGE_ALGORITHM, type PrivateJwk } from "../../../contract/signed-message.ts";
import { envelope, startApp } from "./support/ask.ts";
import { START_MS, signingKey } from "./support/fake-deps.ts";

const NOW = START_MS / 1000;
const BODY = { engine: "postgres", measured_at: new Date(START_MS).toISOString(), sizes: [{ resource_id: randomUUID(), bytes: 5 }] };
let known: PrivateJwk;
let retired: PrivateJwk;
let stranger: PrivateJwk;

beforeAll(async () => {
  [known, retired, stranger] = await Promise.all([signingKey("r1"), signingKey("r0"), signingKey("r1")]);
});

type Changes = { claims?: Record<string, unknown>; header?: Record<string, unknown>; key?: PrivateJwk };

async function sign({ claims = {}, header = {}, key = known }: Changes = {}): Promise<string> {
  const all = {
    iss: "bridge-test",
    aud: REPORT_AUDIENCE,
    iat: NOW,
    exp: NOW + 60,
    jti: randomUUID(),
    kind: "sizes",
    body: BODY,
    ...claims,
  };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(given)
    .setProtectedHeader({ alg: MESSAGE_ALGORITHM, kid: key.kid, ...header })
    .sign(await importJWK(key, MESSAGE_ALGORITHM));
}

/** What the fakes' database answers when a report is taken; another report may have the id already. */
async function app(takenHash?: string) {
  const started = await startApp({ bridgeReportKeys: [known, retired].map(({ d: _private, ...key }) => key) });
  started.database.query = async (statement?: { values: readonly unknown[] }) => {
    started.database.asked += 1;
    return [{ content_hash: takenHash ?? statement?.values[1], measured: [] }];
  };
  const post = (body: string) => started.ask(REPORTS_PATH, { method: "POST", body });
  return { ...started, post };
}

describe("a report", () => {
  it.each([
    ["the first key", () => known],
    ["an older key", () => retired],
  ])("signed by %s is taken", async (_what, key) => {
    const { post } = await app();
    const answer = await post(await sign({ key: key() }));
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }]);
  });

  const refused: [what: string, changes: Changes, code: ErrorCode][] = [
    ["that is late", { claims: { iat: NOW - 70, exp: NOW - 10 } }, "report_expired"],
    ["from the future", { claims: { iat: NOW + 10, exp: NOW + 60 } }, "report_expired"],
    ["that claims to live 61 s", { claims: { exp: NOW + 61 } }, "report_expired"],
    ["that ends before it begins", { claims: { exp: NOW - 1 } }, "report_expired"],
    [
      "of a measurement that is still to come",
      { claims: { body: { ...BODY, measured_at: new Date(START_MS + 5_001).toISOString() } } },
      "report_expired",
    ],
    ["for somebody else", { claims: { aud: "instanode-elsewhere" } }, "wrong_report_audience"],
    ["of another bridge", { claims: { iss: "bridge-other" } }, "wrong_report_audience"],
    ["without a kid", { header: { kid: undefined } }, "malformed_report"],
    ["without an id", { claims: { jti: undefined } }, "malformed_report"],
    ["of an unknown kind", { claims: { kind: "weather" } }, "malformed_report"],
    ["without sizes", { claims: { body: { ...BODY, sizes: [] } } }, "malformed_report"],
    ["with a negative size", { claims: { body: { ...BODY, sizes: [{ resource_id: randomUUID(), bytes: -1 }] } } }, "malformed_report"],
    ["with a field nobody knows", { claims: { body: { ...BODY, more: 1 } } }, "malformed_report"],
  ];
  it.each(refused)("%s is refused", async (_what, changes, code) => {
    const { post, database } = await app();
    const answer = await post(await sign(changes));
    expect((await envelope(answer)).error).toBe(code);
    expect(database.asked).toBe(0);
  });

  it("by a key nobody knows, or by a stranger under a known name, is refused", async () => {
    const { post } = await app();
    expect((await envelope(await post(await sign({ key: await signingKey("r9") })))).error).toBe("unknown_report_key");
    expect((await envelope(await post(await sign({ key: stranger })))).error).toBe("invalid_report_signature");
  });

  it("that was changed on its way is refused", async () => {
    const { post } = await app();
    const [header, , signature] = (await sign()).split(".");
    const [, payload] = (await sign({ claims: { body: { ...BODY, sizes: [{ resource_id: randomUUID(), bytes: 1 }] } } })).split(".");
    expect((await envelope(await post([header, payload, signature].join(".")))).error).toBe("invalid_report_signature");
  });

  it.each([
    ["nothing", ""],
    ["a word", "report"],
    ["three dots", "..."],
    ["JSON", '{"kind":"sizes"}'],
  ])("that is %s is malformed", async (_what, text) => {
    const { post } = await app();
    expect((await envelope(await post(text))).error).toBe("malformed_report");
  });

  it("signed with alg none is malformed, whatever it says", async () => {
    const { post } = await app();
    const unsigned = new UnsecuredJWT({ kind: "sizes", body: BODY, jti: "x" })
      .setIssuer("bridge-test")
      .setAudience(REPORT_AUDIENCE)
      .encode();
    expect((await envelope(await post(unsigned))).error).toBe("malformed_report");
  });

  it("under an id that stands for other content is refused; with the same content it is taken again", async () => {
    const jws = await sign();
    expect((await envelope(await (await app("another report's")).post(jws))).error).toBe("report_conflict");
    const { post } = await app();
    for (const _ of ["first", "again"]) expect((await post(jws)).status).toBe(200);
  });

  it("of n sizes is taken, of n + 1 refused, and a full one fits the largest body", async () => {
    const { post } = await app();
    const sizes = (count: number) => Array.from({ length: count }, () => ({ resource_id: randomUUID(), bytes: Number.MAX_SAFE_INTEGER }));
    const full = await sign({ claims: { body: { ...BODY, sizes: sizes(REPORT_MAX_SIZES) } } });
    expect((await post(full)).status).toBe(200);
    expect((await envelope(await post(await sign({ claims: { body: { ...BODY, sizes: sizes(REPORT_MAX_SIZES + 1) } } })))).error).toBe(
      "malformed_report",
    );
    expect((await envelope(await post("x".repeat(REPORT_MAX_BYTES + 1)))).error).toBe("payload_too_large");
  });

  it("is refused for the moment when the database does not answer", async () => {
    const { post, database } = await app();
    database.query = async () => Promise.reject(new Error("no database"));
    expect((await envelope(await post(await sign()))).error).toBe("lookup_failed");
  });
});
