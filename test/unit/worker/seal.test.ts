import { describe, expect, it } from "vitest";
import { createSealer, SealError } from "../../../worker/crypto/seal.ts";
import { ids, keyBytes } from "./support/fake-deps.ts";

const SECRET = "postgres://u:pässword@pg.example:5432/d";
const first = { kid: "a", key: keyBytes() };
const second = { kid: "b", key: keyBytes() };

describe("sealing", () => {
  const sealer = createSealer([first], ids);

  it("opens in the place it was sealed for and shows nothing of the secret before", async () => {
    const sealed = await sealer.seal(SECRET, "resources.connection_url:1");
    expect(sealed).toMatch(/^v1\.a\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]+$/);
    expect(sealed).not.toContain("postgres");
    expect(await sealer.open(sealed, "resources.connection_url:1")).toBe(SECRET);
  });

  it("never makes the same ciphertext twice", async () => {
    expect(await sealer.seal(SECRET, "here")).not.toBe(await sealer.seal(SECRET, "here"));
  });

  it("does not open in another place", async () => {
    const sealed = await sealer.seal(SECRET, "resources.connection_url:1");
    await expect(sealer.open(sealed, "resources.connection_url:2")).rejects.toBeInstanceOf(SealError);
  });

  it("opens what an older key sealed, and seals with the new one", async () => {
    const old = await sealer.seal(SECRET, "here");
    const rotated = createSealer([second, first], ids);
    expect(await rotated.open(old, "here")).toBe(SECRET);
    expect(await rotated.seal(SECRET, "here")).toMatch(/^v1\.b\./);
  });

  it("does not open with another key of the same name", async () => {
    const sealed = await sealer.seal(SECRET, "here");
    await expect(createSealer([{ kid: "a", key: keyBytes() }], ids).open(sealed, "here")).rejects.toBeInstanceOf(SealError);
    await expect(createSealer([second], ids).open(sealed, "here")).rejects.toBeInstanceOf(SealError);
  });

  it.each(["", "v1", "v1.a.b", "v2.a.AAAA.BBBB", "v1.a.AAAA.BBBB", "v1.a.AAAA.BBBB.CCCC", "v1.a.?.?"])("does not open %j", async (text) => {
    await expect(sealer.open(text, "here")).rejects.toBeInstanceOf(SealError);
  });
});
