/** Our own NATS keys and JWTs against the maintained library: each reads what the other wrote. */
import { randomBytes } from "node:crypto";
import { nkeys } from "@nats-io/nats-core";
import { describe, expect, test } from "vitest";
import { readClaims, signJwt } from "../../../provisioner-bridge/engines/nats/jwt.ts";
import { base32, keyOf, keyOfSeed, type Role } from "../../../provisioner-bridge/engines/nats/nkeys.ts";

const ROLES: readonly Role[] = ["O", "A", "U"];
const bytes = (text: string) => new TextEncoder().encode(text);

describe.each(ROLES)("a key of the role %s", (role) => {
  test("is the library's own key of the same seed, a hundred times over", () => {
    for (let round = 0; round < 100; round += 1) {
      const key = keyOf(role, randomBytes(32));
      expect(nkeys.fromSeed(bytes(key.seed)).getPublicKey()).toBe(key.id);
      expect([key.id[0], key.seed.slice(0, 2)]).toEqual([role, `S${role}`]);
      expect(keyOfSeed(key.seed, role).id).toBe(key.id);
    }
  });

  test("signs what the library verifies", () => {
    const key = keyOf(role, randomBytes(32));
    expect(nkeys.fromPublic(key.id).verify(bytes("a nonce"), key.sign(Buffer.from("a nonce")))).toBe(true);
  });
});

test.each([
  ["another role", keyOf("A", Buffer.alloc(32, 1)).seed],
  ["a changed letter", keyOf("O", Buffer.alloc(32, 1)).seed.replace(/(?<=^.{20})./, (letter) => (letter === "A" ? "B" : "A"))],
  ["a letter no base32 has", `${keyOf("O", Buffer.alloc(32, 1)).seed.slice(0, -1)}1`],
  ["a public key", keyOf("O", Buffer.alloc(32, 1)).id],
  ["a short one", "SO"],
  ["nothing", ""],
])("a seed with %s is refused, and not quoted", (_what, seed) => {
  let message = "";
  try {
    keyOfSeed(seed, "O");
  } catch (error) {
    message = String(error);
  }
  expect(message).toMatch(/not a seed/);
  if (seed.length > 2) expect(message).not.toContain(seed);
});

test("base32 is RFC 4648's, without padding", () => {
  const vectors = { "": "", f: "MY", fo: "MZXQ", foo: "MZXW6", foob: "MZXW6YQ", fooba: "MZXW6YTB", foobar: "MZXW6YTBOI" };
  for (const [text, expected] of Object.entries(vectors)) expect(base32(bytes(text))).toBe(expected);
});

test("a JWT says what it was given, bears its signer's name, and is the same for the same claims", () => {
  const issuer = keyOf("O", Buffer.alloc(32, 3));
  const claims = { iat: 1, name: "t_a", sub: keyOf("A", Buffer.alloc(32, 4)).id, nats: { type: "account" } };
  const jwt = signJwt(issuer, claims);
  expect(readClaims(jwt)).toMatchObject({ ...claims, iss: issuer.id, nats: { type: "account", version: 2 }, jti: expect.any(String) });
  expect(signJwt(issuer, claims)).toBe(jwt);
  const [header = "", payload = "", signature = ""] = jwt.split(".");
  expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({ typ: "JWT", alg: "ed25519-nkey" });
  expect(nkeys.fromPublic(issuer.id).verify(bytes(`${header}.${payload}`), Buffer.from(signature, "base64url"))).toBe(true);
});
