import { describe, expect, it } from "vitest";
import { clientAddress } from "../../../worker/client/fingerprint.ts";
import { identify } from "../../../worker/client/identify.ts";
import { createHasher } from "../../../worker/crypto/hash.ts";
import { ids, keyBytes } from "./support/fake-deps.ts";

const address = (identity: string, network: string, isShared = false) => ({ kind: "address", identity, network, isShared });

describe("clientAddress", () => {
  it.each([
    ["203.0.113.7", address("ipv4 203.0.113.7", "ipv4 203.0.113")],
    [" 203.0.113.7 ", address("ipv4 203.0.113.7", "ipv4 203.0.113")],
    ["::ffff:203.0.113.7", address("ipv4 203.0.113.7", "ipv4 203.0.113")],
    ["::ffff:cb00:7107", address("ipv4 203.0.113.7", "ipv4 203.0.113")],
    ["2001:db8:1:2:3:4:5:6", address("ipv6 2001:db8:1:2", "ipv6 2001:db8:1")],
    ["2001:DB8:1:2::ffff", address("ipv6 2001:db8:1:2", "ipv6 2001:db8:1")],
    ["2001:db8::1", address("ipv6 2001:db8:0:0", "ipv6 2001:db8:0")],
    ["2a06:98c0:3600::103", address("ipv6 2a06:98c0:3600:0", "ipv6 2a06:98c0:3600", true)],
    ["2a06:98c0:3600:ffff::1", address("ipv6 2a06:98c0:3600:ffff", "ipv6 2a06:98c0:3600", true)],
    ["2a06:98c0:3601::1", address("ipv6 2a06:98c0:3601:0", "ipv6 2a06:98c0:3601")],
    ["", { kind: "unknown" }],
    ["1", { kind: "unknown" }],
    ["0x7f.1", { kind: "unknown" }],
    ["999.1.1.1", { kind: "unknown" }],
    ["203.0.113.7, 198.51.100.1", { kind: "unknown" }],
    ["203.0.113.7:443", { kind: "unknown" }],
    ["localhost", { kind: "unknown" }],
  ])("reads %j as what identifies its holder", (header, expected) => {
    expect(clientAddress(header, true)).toEqual(expected);
    expect(clientAddress(header, false)).toEqual(expected);
  });

  it("takes a missing header for the local caller only where the configuration says there is no proxy", () => {
    expect(clientAddress(null, true)).toEqual({ kind: "local" });
    expect(clientAddress(null, false)).toEqual({ kind: "unknown" });
  });

  it.each(["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])(
    "takes the loopback address %s for the local caller, likewise",
    (header) => {
      expect(clientAddress(header, true)).toEqual({ kind: "local" });
      expect(clientAddress(header, false).kind).toBe("address");
    },
  );
});

describe("identify", () => {
  const hasher = createHasher({ tokenHmacKey: keyBytes(), fingerprintKey: keyBytes() });
  const who = (header: string | null, asn: number | null = 64_500, localCaller = false) =>
    identify({ address: clientAddress(header, localCaller), asn, hasher, ids });

  it("gives one holder one scope and fingerprint, and every other holder or operator another", async () => {
    const first = await who("2001:db8:1:2::1");
    expect(await who("2001:db8:1:2::ffff")).toEqual(first);
    expect(first).toMatchObject({ isLocal: false, dailyCapped: true, scope: first.fingerprint });
    for (const other of [await who("2001:db8:1:3::1"), await who("203.0.113.7"), await who("2001:db8:1:2::1", 64_501)]) {
      expect(other.fingerprint).not.toBe(first.fingerprint);
      expect(other.scope).not.toBe(first.scope);
    }
  });

  it("gives neighbours in one /24 or /48 one network hash, whatever their own address", async () => {
    const [a, b, elsewhere] = await Promise.all([who("203.0.113.7"), who("203.0.113.8"), who("203.0.114.7")]);
    expect(a.networkHash).toBe(b.networkHash);
    expect(a.networkHash).not.toBe(elsewhere.networkHash);
    expect(a.asnHash).toBe(elsewhere.asnHash);
    expect((await who("203.0.113.7", null)).asnHash).toBeNull();
  });

  it("never ties two requests from Cloudflare's shared address together, so a claim takes only its own resource", async () => {
    const [a, b] = await Promise.all([who("2a06:98c0:3600::103"), who("2a06:98c0:3600::103")]);
    expect(a.fingerprint).not.toBe(b.fingerprint);
    expect(a.scope).toBe(b.scope);
    expect(a.dailyCapped).toBe(false);
    expect(a.networkHash).not.toBeNull();
  });

  it("puts all callers without a readable address into one capped scope, each with a fingerprint of its own", async () => {
    const [a, b] = await Promise.all([who(null), who("nonsense")]);
    expect([a.scope, b.scope]).toEqual(["unknown", "unknown"]);
    expect(a.fingerprint).not.toBe(b.fingerprint);
    expect(a).toMatchObject({ isLocal: false, dailyCapped: true });
  });

  it("knows the local caller", async () => {
    expect(await who(null, null, true)).toMatchObject({
      scope: "local",
      isLocal: true,
      dailyCapped: false,
      networkHash: null,
      asnHash: null,
    });
  });

  it("leaves nothing of the address in what it returns", async () => {
    expect(JSON.stringify(await who("203.0.113.7"))).not.toMatch(/203\.0|113\.7|\b64500\b/);
  });
});
