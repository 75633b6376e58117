/** A credential that is present but bad is 401, says why, and is never taken for no credential at all. */
import { base64url, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import type { AuthErrorCode } from "../../contract/errors.ts";
import { loadSecrets } from "../../dev/secrets.ts";
import { type Created, expectError } from "../support/answers.ts";
import { freshKey } from "../support/api.ts";
import { expectNothingMade } from "../support/nothing-made.ts";
import { api, stack } from "../support/shared-stack.ts";

const NAME = { name: "prod-db" };

async function expectRefused(authorization: string, code: AuthErrorCode): Promise<void> {
  await expectNothingMade(stack, async () => {
    const envelope = expectError(await api.post(NAME, { headers: { Authorization: authorization } }), "unauthorized");
    expect(envelope.error_code).toBe(code);
    expect(envelope.upgrade_url).toBe(`${stack.publicUrl}/login`);
  });
}

describe("a create with a bearer", () => {
  it.each([
    // Not in this table: an empty header, which workerd does not hand to a Worker at all.
    ["no scheme", "abc"],
    ["no token", "Bearer"],
    ["blanks for a token", "Bearer    "],
    ["another scheme", "Basic dXNlcjpwYXNz"],
    ["two tokens", "Bearer a b"],
    ["a word", "Bearer word"],
    ["an API key that does not exist", `Bearer ink_${"0".repeat(40)}`],
    ["a resource token", `Bearer ${freshKey()}`],
    ["three empty parts", "Bearer .."],
  ])("that holds %s", async (_what, authorization) => {
    await expectRefused(authorization, "malformed_token");
  });

  it("that is a good upgrade JWT: it opens its resource, it is no account", async () => {
    const { upgrade_jwt, claim_url } = await api.create();
    await expectRefused(`Bearer ${upgrade_jwt}`, "invalid_claims");
    await expectRefused(`bearer ${new URL(claim_url).searchParams.get("t")}`, "invalid_claims");
  });
});

describe("a forged upgrade JWT", () => {
  const claimsOf = ({ token }: Created) => ({
    fp: "f".repeat(64),
    sub: token,
    jti: freshKey(),
    iss: stack.publicUrl,
    aud: "instanode:upgrade",
  });
  const now = () => Math.floor(Date.now() / 1000);

  it("signed by a key of one's own under our key id is refused, as bearer and as claim token", async () => {
    const created = await api.create();
    const { privateKey } = await generateKeyPair("EdDSA");
    const { kid } = decodeProtectedHeader(created.upgrade_jwt);
    const forged = await new SignJWT(claimsOf(created))
      .setProtectedHeader({ alg: "EdDSA", kid: kid ?? "" })
      .setIssuedAt(now())
      .setExpirationTime(now() + 60)
      .sign(privateKey);
    await expectRefused(`Bearer ${forged}`, "invalid_claims");
    expectError(await api.call("GET", `/claim/preview?t=${forged}`), "invalid_token");
  });

  it("that brings its own key along is refused", async () => {
    const created = await api.create();
    const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
    const forged = await new SignJWT(claimsOf(created))
      .setProtectedHeader({ alg: "EdDSA", jwk: await exportJWK(publicKey) })
      .setIssuedAt(now())
      .setExpirationTime(now() + 60)
      .sign(privateKey);
    await expectRefused(`Bearer ${forged}`, "invalid_claims");
  });

  it("with another algorithm, or none, is refused", async () => {
    const created = await api.create();
    const header = decodeProtectedHeader(created.upgrade_jwt);
    const [, payload, signature] = created.upgrade_jwt.split(".");
    for (const alg of ["none", "HS256"]) {
      const changed = base64url.encode(JSON.stringify({ ...header, alg }));
      for (const forged of [`${changed}.${payload}.`, `${changed}.${payload}.${signature}`]) {
        expectError(await api.call("GET", `/claim/preview?t=${forged}`), "invalid_token");
        expectError(await api.post(NAME, { headers: { Authorization: `Bearer ${forged}` } }), "unauthorized");
      }
    }
  });

  it("with another resource's token is refused", async () => {
    const [mine, other] = [await api.create(), await api.create()];
    const [header, payload, signature] = mine.upgrade_jwt.split(".");
    const changed = JSON.parse(new TextDecoder().decode(base64url.decode(payload ?? ""))) as Record<string, unknown>;
    const forged = [header, base64url.encode(JSON.stringify({ ...changed, sub: other.token })), signature].join(".");
    expectError(await api.call("GET", `/claim/preview?t=${forged}`), "invalid_token");
  });
});

describe("a JWT signed with our own keys", () => {
  type Changes = { keys?: "tokenSigningKeys" | "jobSigningKeys"; claims?: Record<string, unknown>; expiresIn?: number };

  async function signed({ keys = "tokenSigningKeys", claims = {}, expiresIn = 60 }: Changes = {}): Promise<string> {
    const { [keys]: set } = await loadSecrets(stack.secretsFile);
    const [key] = set.keys;
    if (!key) throw new Error("a stack has one key of each kind");
    const now = Math.floor(Date.now() / 1000);
    const good = { iss: stack.publicUrl, aud: "instanode:upgrade", sub: freshKey(), fp: "f".repeat(64), jti: freshKey(), iat: now - 3_600 };
    return new SignJWT({ ...good, exp: now + expiresIn, ...claims })
      .setProtectedHeader({ alg: "EdDSA", kid: key.kid })
      .sign(await importJWK(key, "EdDSA"));
  }

  it("is valid until its second, and expired_token after it", async () => {
    await expectRefused(`Bearer ${await signed()}`, "invalid_claims");
    expect((await api.call("GET", `/claim/preview?t=${await signed()}`)).status).toBe(200);
    const expired = await signed({ expiresIn: -1 });
    await expectRefused(`Bearer ${expired}`, "expired_token");
    expectError(await api.call("GET", `/claim/preview?t=${expired}`), "invalid_token");
  });

  it.each<[string, Changes]>([
    ["of another issuer", { claims: { iss: "https://api.instanode.dev.evil.example" } }],
    ["for another purpose", { claims: { aud: "instanode:admin" } }],
    ["for jobs", { keys: "jobSigningKeys" }],
    ["whose subject is no token", { claims: { sub: "' OR 1=1 --" } }],
    ["without a subject", { claims: { sub: undefined } }],
    ["without an end", { claims: { exp: undefined } }],
    ["without a fingerprint", { claims: { fp: "" } }],
    ["from the future", { claims: { nbf: 4_102_444_800 } }],
  ])("%s is refused", async (_what, changes) => {
    const jwt = await signed(changes);
    expectError(await api.call("GET", `/claim/preview?t=${jwt}`), "invalid_token");
    await expectRefused(`Bearer ${jwt}`, "invalid_claims");
  });
});

describe("a route that needs no credential", () => {
  it("looks at none", async () => {
    const answer = await api.call("GET", "/healthz", { headers: { Authorization: "Bearer word" } });
    expect(answer.status, answer.text).toBe(200);
  });
});
