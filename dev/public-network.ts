/** Which addresses requests to a caller's own URL (webhook replays) may reach from this machine: public ones that are not ours. */
import { networkInterfaces } from "node:os";

/**
 * Networks for special purposes that workerd counts as public (RFC 6890 and its registries): documentation, benchmarks, protocol
 * assignments, and IPv6 that holds an IPv4 address, through which a private one could be named.
 */
const SPECIAL_NETWORKS = [
  "0.0.0.0/8",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "fec0::/10",
  "ff00::/8",
];

/** All addresses of this machine: a server that listens on all of them also listens on a public one. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address, family }) => `${address.split("%")[0]}/${family === "IPv4" ? 32 : 128}`),
  );
}

/** What workerd's `deny` takes beside `allow = ["public"]`. */
export function deniedNetworks(): string[] {
  return [...new Set([...SPECIAL_NETWORKS, ...ownAddresses()])];
}
