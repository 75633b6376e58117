import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { randomTenantName } from "../../../provisioner-bridge/credentials/names.ts";
import { createPasswords } from "../../../provisioner-bridge/credentials/password.ts";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";

const OLD = { id: "s1", secret: Buffer.alloc(32, 1) };
const NEW = { id: "s2", secret: Buffer.alloc(32, 2) };
const SOURCE = { secretId: "s1", name: "t_abc", rotation: 0 };

/** RFC 5869 with an empty salt, for one block of output. */
function hkdf(secret: Buffer, info: string, bytes: number): string {
  const key = createHmac("sha256", Buffer.alloc(32)).update(secret).digest();
  return createHmac("sha256", key).update(`${info}\u0001`).digest().subarray(0, bytes).toString("base64url");
}

test("a password is HKDF-SHA256 of the secret, the name and the rotation", () => {
  const expected = hkdf(OLD.secret, "instanode/tenant-password/v1|t_abc|0", 24);
  expect(createPasswords([OLD]).derive(SOURCE)).toBe(expected);
  expect(expected).toMatch(/^[A-Za-z0-9_-]{32}$/);
});

test("another secret, name or rotation gives another password; the same gives the same", () => {
  const passwords = createPasswords([NEW, OLD]);
  const all = [SOURCE, { ...SOURCE, secretId: "s2" }, { ...SOURCE, name: "t_abd" }, { ...SOURCE, rotation: 1 }].map(passwords.derive);
  expect(new Set(all).size).toBe(all.length);
  expect(passwords.derive(SOURCE)).toBe(createPasswords([OLD]).derive(SOURCE));
});

test("the first secret is for new tenants; an unknown one is an error that does not name a secret", () => {
  const passwords = createPasswords([NEW, OLD]);
  expect(passwords.currentSecretId).toBe("s2");
  expect(() => passwords.derive({ ...SOURCE, secretId: "s9" })).toThrow('"s9"');
});

test("names are t_ and 20 letters or digits that need no quotes, and differ", () => {
  const names = Array.from({ length: 1_000 }, () => randomTenantName(systemRandom));
  for (const name of names) expect(name).toMatch(/^t_[a-z2-7]{20}$/);
  expect(new Set(names).size).toBe(names.length);
});
