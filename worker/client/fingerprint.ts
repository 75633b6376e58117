/** The parts of a caller's address that identify it. The address itself does not leave this file; the parts are hashed. */
import ipaddr from "ipaddr.js";

export type ClientAddress =
  | { kind: "local" }
  /** No address, or one that does not parse: all such callers count as one. */
  | { kind: "unknown" }
  | {
      kind: "address";
      /** The whole address for IPv4, the /64 for IPv6: what one caller usually holds. */
      identity: string;
      /** The /24 or /48 around it. */
      network: string;
      /** Many strangers share it, so it identifies no single caller. */
      isShared: boolean;
    };

/** Cloudflare sets this address on requests from Workers of other zones (Cloudflare docs, CF-Connecting-IP). */
const OTHER_ZONES_WORKERS = ipaddr.IPv6.parseCIDR("2a06:98c0:3600::/48");

/**
 * @param header `CF-Connecting-IP` from the platform, or null
 * @param localCaller on one machine behind no proxy: no header, or a loopback address, is the local caller
 */
export function clientAddress(header: string | null, localCaller: boolean): ClientAddress {
  if (header === null) return localCaller ? { kind: "local" } : { kind: "unknown" };
  const address = parseAddress(header.trim());
  if (!address) return { kind: "unknown" };
  // `wrangler dev` sets the header to the loopback address of the request.
  if (localCaller && address.range() === "loopback") return { kind: "local" };
  return address instanceof ipaddr.IPv4 ? ipv4(address) : ipv6(address);
}

/** Plain notations only: the library also reads "1" and "0x7f.1", which no platform sends. IPv4 in IPv6 is IPv4. */
function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return null;
  return ipaddr.process(text);
}

function ipv4(address: ipaddr.IPv4): ClientAddress {
  return {
    kind: "address",
    identity: `ipv4 ${address.octets.join(".")}`,
    network: `ipv4 ${address.octets.slice(0, 3).join(".")}`,
    isShared: false,
  };
}

function ipv6(address: ipaddr.IPv6): ClientAddress {
  const groups = (count: number) =>
    address.parts
      .slice(0, count)
      .map((part) => part.toString(16))
      .join(":");
  return { kind: "address", identity: `ipv6 ${groups(4)}`, network: `ipv6 ${groups(3)}`, isShared: address.match(OTHER_ZONES_WORKERS) };
}
