import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import type { PrivateJwk } from "../../../contract/signed-message.ts";
import { createTokens, TOKEN_LIFETIME_SECONDS } from "../../../worker/crypto/tokens.ts";
import { FakeClock, ids, START_MS, signingKey } from "./support/fake-deps.ts";

const publicUrl = "https://api.test.example";
const RESOURCE_TOKEN = "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d";
const RESOURCE_ID = "3f0e0c8e-1a52-4a7b-8f0f-5d2b7c8d9e10";
const NOW_SECONDS = START_MS / 1000;

describe("upgrade and claim JWTs", () => {
  let key: PrivateJwk;
  let otherKey: PrivateJwk;
  const clock = new FakeClock();
  const tokensWith = (...keys: [PrivateJwk, ...PrivateJwk[]]) => createTokens({ publicUrl, tokenSigningKeys: keys }, clock, ids);

  beforeAll(async () => {
    [key, otherKey] = await Promise.all([signingKey("k1"), signingKey("k2")]);
  });

  const goodClaims = (): JWTPayload => ({
    iss: publicUrl,
    aud: "instanode:upgrade",
    sub: RESOURCE_TOKEN,
    fp: "f".repeat(64),
    jti: "j",
    iat: NOW_SECONDS,
    exp: NOW_SECONDS + 60,
  });
  const withoutExpiry = () => {
    const { exp: _exp, ...claims } = goodClaims();
    return claims;
  };
  const sign = async (claims: JWTPayload, header: { kid?: string; alg?: string } = {}, jwk = key) =>
    new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", kid: jwk.kid, ...header }).sign(await importJWK(jwk, "EdDSA"));
  const refusal = (jwt: string) =>
    tokensWith(key)
      .verifyClaimable(jwt)
      .then(
        () => "accepted",
        (error: { reason: string }) => error.reason,
      );

  it("opens its resource for seven days and says which, for which fingerprint", async () => {
    const tokens = tokensWith(key);
    const jwt = await tokens.issueUpgrade({ resourceToken: RESOURCE_TOKEN, fingerprint: "abc" });
    const expiresAt = new Date(START_MS + TOKEN_LIFETIME_SECONDS * 1000);
    expect(await tokens.verifyClaimable(jwt)).toMatchObject({
      kind: "upgrade",
      resourceToken: RESOURCE_TOKEN,
      fingerprint: "abc",
      expiresAt,
    });
    expect(decodeProtectedHeader(jwt)).toMatchObject({ alg: "EdDSA", kid: "k1" });
    expect(decodeJwt(jwt)).toMatchObject({ iss: publicUrl, aud: "instanode:upgrade", sub: RESOURCE_TOKEN });
  });

  it("carries no resource token in the JWT that ends up in links", async () => {
    const tokens = tokensWith(key);
    const jwt = await tokens.issueClaim({ resourceId: RESOURCE_ID, fingerprint: "abc" });
    expect(decodeJwt(jwt)).toMatchObject({ aud: "instanode:claim", sub: RESOURCE_ID });
    expect(await tokens.verifyClaimable(jwt)).toMatchObject({ kind: "claim", resourceId: RESOURCE_ID });
  });

  it("gives every token an id of its own", async () => {
    const tokens = tokensWith(key);
    const issue = async () => decodeJwt(await tokens.issueClaim({ resourceId: RESOURCE_ID, fingerprint: "abc" })).jti;
    expect(await issue()).not.toBe(await issue());
  });

  it("still verifies what an older key signed, and publishes both without their private half", async () => {
    const jwt = await tokensWith(otherKey).issueUpgrade({ resourceToken: RESOURCE_TOKEN, fingerprint: "abc" });
    const rotated = tokensWith(key, otherKey);
    expect((await rotated.verifyClaimable(jwt)).kind).toBe("upgrade");
    expect(decodeProtectedHeader(await rotated.issueUpgrade({ resourceToken: RESOURCE_TOKEN, fingerprint: "abc" })).kid).toBe("k1");
    expect(rotated.publicJwks().keys.map(({ kid }) => kid)).toEqual(["k1", "k2"]);
    expect(JSON.stringify(rotated.publicJwks())).not.toContain('"d"');
    expect(JSON.stringify(rotated.publicJwks())).not.toContain(key.d);
  });

  it("accepts the token the refusals below are made of", async () => {
    expect(await refusal(await sign(goodClaims()))).toBe("accepted");
  });

  it.each<[string, string, () => Promise<string> | string]>([
    ["malformed", "no JWT at all", () => "not-a-jwt"],
    ["malformed", "an empty text", () => ""],
    ["malformed", "three parts of nonsense", () => "a.b.c"],
    ["malformed", "a text longer than any token", () => "a".repeat(4_000)],
    ["expired", "a token past its time", () => sign({ ...goodClaims(), iat: NOW_SECONDS - 90, exp: NOW_SECONDS - 30 })],
    ["invalid", "alg none", () => new UnsecuredJWT(goodClaims()).encode()],
    ["invalid", "an unknown key id", () => sign(goodClaims(), { kid: "k9" })],
    ["invalid", "another key under our key id", () => sign(goodClaims(), { kid: "k1" }, otherKey)],
    ["invalid", "another audience", () => sign({ ...goodClaims(), aud: "instanode:session" })],
    ["invalid", "another issuer", () => sign({ ...goodClaims(), iss: "https://elsewhere.example" })],
    ["invalid", "no expiry", () => sign(withoutExpiry())],
    ["invalid", "a subject that is no id", () => sign({ ...goodClaims(), sub: "1 OR 1=1" })],
    ["invalid", "no fingerprint", () => sign({ ...goodClaims(), fp: "" })],
  ])("is refused as %s: %s", async (reason, _what, make) => {
    expect(await refusal(await make())).toBe(reason);
  });

  it("is refused as invalid when HMAC-signed with our public key as the secret", async () => {
    const secret = new TextEncoder().encode(JSON.stringify(tokensWith(key).publicJwks().keys[0]).padEnd(64, " "));
    const jwt = await new SignJWT(goodClaims()).setProtectedHeader({ alg: "HS256", kid: "k1" }).sign(secret);
    expect(await refusal(jwt)).toBe("invalid");
  });

  it("is refused as invalid when one character of its claims is altered", async () => {
    const [header, , signature] = (await sign(goodClaims())).split(".");
    const forged = Buffer.from(JSON.stringify({ ...goodClaims(), sub: RESOURCE_ID })).toString("base64url");
    expect(await refusal([header, forged, signature].join("."))).toBe("invalid");
  });
});
