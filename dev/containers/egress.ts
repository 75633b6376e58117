/** What this machine's own network makes containers need: name servers, and package registries that it resolves to private addresses. */
import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { BlockList, isIPv4 } from "node:net";
import pTimeout from "p-timeout";
import type { Egress } from "../../provisioner-bridge/services/docker/egress.ts";
import { SPECIAL_NETWORKS } from "../../provisioner-bridge/services/docker/firewall.ts";

/** Where systemd-resolved is in use, containers get its list instead of its own address. */
const RESOLVER_FILES = ["/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"];
const DNS_PORT = "53";
const LOOKUP_TIMEOUT_MS = 3_000;
const WEB_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

const REGISTRIES = [
  "https://registry.npmjs.org",
  "https://registry.yarnpkg.com",
  "https://pypi.org",
  "https://files.pythonhosted.org",
  "http://deb.debian.org",
  "https://deb.debian.org",
];
/** Set by the person or by npm: other registries, or a proxy in front of them. */
const REGISTRY_VARIABLES = ["npm_config_registry", "PIP_INDEX_URL", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

export function nameServers(): Egress[] {
  const addresses = RESOLVER_FILES.flatMap(nameServersIn).filter((address) => isIPv4(address) && !address.startsWith("127."));
  return [...new Set(addresses)].flatMap((network) => [
    { network, protocol: "udp" as const, ports: DNS_PORT },
    { network, protocol: "tcp" as const, ports: DNS_PORT },
  ]);
}

function nameServersIn(file: string): string[] {
  try {
    return [...readFileSync(file, "utf8").matchAll(/^nameserver\s+(\S+)/gm)].map(([, address = ""]) => address);
  } catch {
    return [];
  }
}

/** The registries that have no public address here. */
export async function privateRegistries(env: NodeJS.ProcessEnv): Promise<Egress[]> {
  const urls = [...REGISTRIES, ...REGISTRY_VARIABLES.flatMap((name) => env[name] ?? [])].flatMap((text) => URL.parse(text) ?? []);
  const found = await Promise.all(
    urls.map(async ({ hostname, port, protocol }) => {
      const ports = port === "" ? (WEB_PORTS[protocol] ?? "443") : port;
      return (await addressesOf(hostname)).filter(isSpecial).map((network) => ({ network, protocol: "tcp" as const, ports }));
    }),
  );
  return [...new Map(found.flat().map((egress) => [`${egress.network}:${egress.ports}`, egress])).values()];
}

const special = new BlockList();
for (const network of SPECIAL_NETWORKS) {
  const [base = "", bits] = network.split("/");
  special.addSubnet(base, Number(bits));
}
const isSpecial = (address: string): boolean => special.check(address);

/** None for a name that does not resolve in time: builds cannot reach it either. */
async function addressesOf(hostname: string): Promise<string[]> {
  const found = await pTimeout(lookup(hostname, { all: true, family: 4 }), { milliseconds: LOOKUP_TIMEOUT_MS }).catch(() => []);
  return found.map(({ address }) => address);
}
