import { describe, expect, it } from "vitest";
import { createHasher } from "../../../worker/crypto/hash.ts";
import { keyBytes } from "./support/fake-deps.ts";

const VERSION_4_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ID = "3f0e0c8e-1a52-4a7b-8f0f-5d2b7c8d9e10";

describe("keyed hashes", () => {
  const keys = { tokenHmacKey: keyBytes(), fingerprintKey: keyBytes() };
  const hasher = createHasher(keys);

  it("derives one token for one resource, on every try and in every isolate", async () => {
    const token = await hasher.resourceTokenFor(ID);
    expect(token).toMatch(VERSION_4_UUID);
    expect(await createHasher(keys).resourceTokenFor(ID)).toBe(token);
    expect(await hasher.resourceTokenFor(ID.replace("3f", "4f"))).not.toBe(token);
    expect(await createHasher({ ...keys, tokenHmacKey: keyBytes() }).resourceTokenFor(ID)).not.toBe(token);
  });

  it("knows its own tokens from any other, so that a guess reaches no store", async () => {
    const token = await hasher.resourceTokenFor(ID);
    expect(await hasher.isResourceToken(token)).toBe(true);
    expect(await hasher.isResourceToken(token.toUpperCase())).toBe(true);
    const changed = [...token].map((digit, at) => token.slice(0, at) + (digit === "0" ? "1" : "0") + token.slice(at + 1));
    const others = [...changed, crypto.randomUUID(), "", "x", `${token}0`, token.replaceAll("-", ""), ID];
    for (const other of others.filter((one) => one !== token)) expect(await hasher.isResourceToken(other), other).toBe(false);
    expect(await createHasher({ ...keys, tokenHmacKey: keyBytes() }).isResourceToken(token)).toBe(false);
  });

  it("finds a token however its letters are written", async () => {
    const token = await hasher.resourceTokenFor(ID);
    expect(await hasher.tokenHash(token.toUpperCase())).toBe(await hasher.tokenHash(token));
    expect(await hasher.tokenHash(token)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("never hashes two purposes, or two ways of splitting the same text, alike", async () => {
    const hashes = await Promise.all([
      hasher.tokenHash("x"),
      hasher.bodyHash("x"),
      hasher.fingerprint(["x"]),
      hasher.fingerprint(["x", ""]),
      hasher.keyHash("a", "bc", "d"),
      hasher.keyHash("ab", "c", "d"),
    ]);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
