/** HAProxy compares prefixes of hexadecimal text: that must say the same as comparing addresses with networks. */
import ipaddr from "ipaddr.js";
import { expect, test } from "vitest";
import { mapsOf } from "../../../provisioner-bridge/ingress/haproxy/maps.ts";
import { clientPrefixes } from "../../../provisioner-bridge/ingress/haproxy/networks.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const SEED = 11;

/** What HAProxy makes of a client's address: `src,hex` behind its length. */
function clientKey(bytes: number[]): string {
  const hex = Buffer.from(bytes).toString("hex").toUpperCase();
  return `${hex.length}/${hex}`;
}

const isAllowed = (network: string, client: number[]): boolean =>
  clientPrefixes(network).some((prefix) => clientKey(client).startsWith(prefix));

test.each([4, 16])("networks of %i bytes: the same clients as ipaddr.js says, of every length", (size) => {
  const random = seededRandom(SEED);
  const byte = () => random.integer(256);
  for (let bits = 0; bits <= size * 8; bits += 1) {
    for (let tries = 0; tries < 20; tries += 1) {
      const network = Array.from({ length: size }, byte);
      // A client that differs in one bit is inside or just outside.
      const client = [...network];
      const bit = random.integer(size * 8);
      client[bit >> 3] = (client[bit >> 3] ?? 0) ^ (128 >> (bit & 7));
      const text = `${ipaddr.fromByteArray(network)}/${bits}`;
      expect(isAllowed(text, client), `${text} ${client}`).toBe(bit >= bits);
      expect(isAllowed(text, network), text).toBe(true);
    }
  }
});

test("an IPv4 client of a socket for both families is the same client", () => {
  const mapped = [...ipaddr.parse("::ffff:192.0.2.7").toByteArray()];
  expect([isAllowed("192.0.2.0/24", mapped), isAllowed("::ffff:192.0.2.0/120", [192, 0, 2, 7]), isAllowed("192.0.3.0/24", mapped)]).toEqual(
    [true, true, false],
  );
});

test("what is no address allows no one", () => {
  for (const bad of ["", "localhost", "1.2.3", "010.0.0.1", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "*", "1.2.3.4/"])
    expect(clientPrefixes(bad), bad).toEqual([]);
});

test("a public app's list of addresses is not kept, and a stopped one has no target", () => {
  const service = { serviceId: "s", release: 1 };
  const access = { is_private: false, allowed_ips: ["10.0.0.0/8"] };
  expect(
    mapsOf([
      { appId: "aaaaaaaa", ...service, upstream: "10.1.2.3:8080", access },
      { appId: "bbbbbbbb", ...service, upstream: null, access: { is_private: true, allowed_ips: ["10.0.0.0/8"] } },
      { appId: "cccccccc", ...service, upstream: "[fd00::1]:80", access: { is_private: true, allowed_ips: ["fd00::/8"] } },
    ]),
  ).toEqual({
    routes: ["aaaaaaaa public/10.1.2.3/8080", "bbbbbbbb stopped", "cccccccc private/fd00::1/80"],
    clients: ["bbbbbbbb/8/0A 1", "bbbbbbbb/32/00000000000000000000FFFF0A 1", "cccccccc/32/FD 1"],
  });
});
