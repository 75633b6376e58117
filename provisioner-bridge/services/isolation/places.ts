/** What containers must not reach, as a probe tries it: this machine at each of its addresses. */
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";

const REGISTRY_PORT = 5432;
/** A machine with many networks has an address in each: these are enough to see whether a firewall is there. */
const ADDRESSES_MAX = 16;

export type Forbidden = {
  /** "host:port"; the host may be "gateway". */
  places: readonly string[];
  close(): void;
};

export type ForbiddenOptions = { bridgePort: number; registryUrl: string };

/**
 * The bridge, the registry, and a server of the probe's own, which listens on all addresses: the others may listen on one that no
 * container has a way to. @throws when the registry's name does not resolve
 */
export async function openForbidden({ bridgePort, registryUrl }: ForbiddenOptions): Promise<Forbidden> {
  const registry = new URL(registryUrl);
  const registryPort = registry.port === "" ? REGISTRY_PORT : Number(registry.port);
  const { address } = await lookup(registry.hostname.replace(/^\[|\]$/g, ""), { family: 4 });
  const canary = createServer((socket) => socket.on("error", () => socket.destroy()).end());
  canary.listen(0, "0.0.0.0");
  await once(canary, "listening");
  const bound = canary.address();
  const canaryPort = typeof bound === "object" && bound !== null ? bound.port : 0;
  const hosts = ["gateway", ...ownAddresses()];
  const here = hosts.flatMap((host) => [canaryPort, bridgePort, registryPort].map((port) => `${host}:${port}`));
  const there = address.startsWith("127.") ? [] : [`${address}:${registryPort}`];
  return { places: [...new Set([...here, ...there])], close: () => canary.close() };
}

function ownAddresses(): string[] {
  const infos = Object.values(networkInterfaces()).flatMap((found = []) => found);
  const found = infos.filter(({ family, address }) => family === "IPv4" && !address.startsWith("127.")).map(({ address }) => address);
  return found.slice(0, ADDRESSES_MAX);
}
