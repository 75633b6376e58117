import { randomUUID } from "node:crypto";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { JOB_MAX_BYTES } from "../../../contract/jobs.ts";
import { createJobVerifier, type JobVerifier, jobKeys } from "../../../provisioner-bridge/jobs/verify.ts";
import { createManualClock } from "./clock.ts";

const clock = createManualClock();
const NOW = Math.floor(clock.now().getTime() / 1000);
const ARGS = { engine: "postgres", resource_id: randomUUID(), generation: 2 };
const CLAIMS = { iss: "instanode-worker", aud: "bridge-1", iat: NOW, exp: NOW + 40, jti: "job-1", kind: "drop", args: ARGS };

let known: CryptoKey;
let second: CryptoKey;
let stranger: CryptoKey;
let verify: JobVerifier;

beforeAll(async () => {
  const pairs = await Promise.all([1, 2, 3].map(() => generateKeyPair("EdDSA", { extractable: true })));
  [known, second, stranger] = pairs.map((pair) => pair.privateKey) as [CryptoKey, CryptoKey, CryptoKey];
  const publics = await Promise.all(
    [known, second].map(async (key, index) => ({ ...(await exportJWK(key)), d: undefined, kid: `k${index + 1}`, alg: "EdDSA" })),
  );
  const keys = publics.map(({ d: _, ...jwk }) => jwk);
  verify = createJobVerifier({ bridgeId: "bridge-1", keys: jobKeys({ keys }), clock });
});

type Change = { claims?: Record<string, unknown>; header?: Record<string, unknown>; key?: () => CryptoKey };
async function sign({ claims = {}, header = {}, key = () => known }: Change = {}): Promise<string> {
  return new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader({ alg: "EdDSA", kid: "k1", ...header } as { alg: string }).sign(key());
}
async function verdict(jws: string): Promise<string> {
  return verify(jws).then(
    () => "ok",
    (error: { code: string }) => error.code,
  );
}

test("a good job comes back with its id and its parsed arguments", async () => {
  expect(await verify(await sign())).toEqual({ jti: "job-1", job: { kind: "drop", args: ARGS } });
});

describe("a job", () => {
  test.each<[string, Change, string]>([
    ["signed by the other valid key", { header: { kid: "k2" }, key: () => second }, "ok"],
    ["of an unknown key id", { header: { kid: "k9" }, key: () => stranger }, "unknown_key"],
    ["signed by another key than it names", { key: () => stranger }, "invalid_signature"],
    ["signed by another of our keys than it names", { key: () => second }, "invalid_signature"],
    ["without a key id", { header: { kid: undefined } }, "malformed_job"],
    ["for another bridge", { claims: { aud: "bridge-2" } }, "wrong_audience"],
    ["for several bridges", { claims: { aud: ["bridge-1"] } }, "malformed_job"],
    ["of another issuer", { claims: { iss: "somebody" } }, "malformed_job"],
    ["of exactly a minute", { claims: { exp: NOW + 60 } }, "ok"],
    ["that claims to live longer", { claims: { exp: NOW + 61 } }, "job_expired"],
    ["that is late", { claims: { iat: NOW - 50, exp: NOW - 5 } }, "job_expired"],
    ["that is late within the clocks' difference", { claims: { iat: NOW - 44, exp: NOW - 4 } }, "ok"],
    ["from the future", { claims: { iat: NOW + 6, exp: NOW + 40 } }, "job_expired"],
    ["that ends before it begins", { claims: { iat: NOW + 3, exp: NOW + 2 } }, "job_expired"],
    ["without an id", { claims: { jti: "" } }, "malformed_job"],
    ["with too long an id", { claims: { jti: "j".repeat(201) } }, "malformed_job"],
    ["of an unknown kind", { claims: { kind: "explode" } }, "malformed_job"],
    ["with an argument too many", { claims: { args: { ...ARGS, name: "x" } } }, "malformed_job"],
    ["with an argument too few", { claims: { args: { engine: "postgres" } } }, "malformed_job"],
    ["without times", { claims: { iat: undefined, exp: undefined } }, "malformed_job"],
  ])("%s", async (_, change, expected) => {
    expect(await verdict(await sign(change))).toBe(expected);
  });

  test.each([
    ["nothing", () => "", "malformed_job"],
    ["a word", () => "hello", "malformed_job"],
    ["three words", () => "a.b.c", "malformed_job"],
    ["JSON", () => JSON.stringify(CLAIMS), "malformed_job"],
    [
      "alg none",
      () =>
        `${Buffer.from('{"alg":"none","kid":"k1"}').toString("base64url")}.${Buffer.from(JSON.stringify(CLAIMS)).toString("base64url")}.`,
      "malformed_job",
    ],
    ["too much", () => "x".repeat(JOB_MAX_BYTES + 1), "payload_too_large"],
  ])("that is %s", async (_, text, expected) => {
    expect(await verdict(text())).toBe(expected);
  });

  test("with one changed letter", async () => {
    const [header, payload = "", signature] = (await sign()).split(".");
    const other = Buffer.from(payload, "base64url").toString().replace("job-1", "job-2");
    expect(await verdict([header, Buffer.from(other).toString("base64url"), signature].join("."))).toBe("invalid_signature");
  });

  test("signed with HMAC by somebody who knows the public key", async () => {
    const jws = await new SignJWT(CLAIMS).setProtectedHeader({ alg: "HS256", kid: "k1" }).sign(Buffer.alloc(32, 1));
    expect(await verdict(jws)).toBe("malformed_job");
  });
});
