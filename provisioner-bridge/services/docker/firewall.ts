/**
 * The firewall rules of the networks that the driver makes, for nftables. They are static: they match the networks' interfaces by the
 * beginning of their names. docs/deploys.md, "Isolation", says what they hold; docs/operations.md how they are installed.
 */
import type { Egress } from "./egress.ts";
import { buildInterfaces, interfaces } from "./names.ts";

/** Of each network, so of each app and each build: new connections a second, how many at once above that, and how many open ones. */
const NEW_CONNECTIONS_PER_SECOND = 100;
const NEW_CONNECTIONS_BURST = 200;
const OPEN_CONNECTIONS_MAX = 512;
/** As many networks are counted at once. */
const NETWORKS_MAX = 65_535;
/** Mail servers take mail from other servers at these ports. */
const CLOSED_PORTS = "{ 25, 465 }";

/** What is no public address: this network, private, shared, loopback, link-local with metadata, benchmarks, multicast and reserved. */
export const SPECIAL_NETWORKS = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/3",
];

export type FirewallOptions = {
  /** The prefix of BRIDGE_RUNNER. */
  prefix: string;
  /** Its subnets: the networks' addresses. */
  subnets: string;
  /** What apps reach beside public addresses: tenants' servers and name servers. */
  apps: readonly Egress[];
  /** What builds reach beside public addresses: name servers, and package registries with private addresses. */
  builds: readonly Egress[];
};

export const firewallTable = (prefix: string): string => `instanode_${prefix}`;

/** A script for `nft -f`, which replaces the table in one step. It comes before the container engine's own rules, which stay in force. */
export function firewallRules({ prefix, subnets, apps, builds }: FirewallOptions): string {
  const table = `table inet ${firewallTable(prefix)}`;
  const ours = `"${interfaces(prefix)}*"`;
  const ofBuilds = `"${buildInterfaces(prefix)}*"`;
  return `add ${table}
delete ${table}
${table} {
${setOf("apps", apps)}
${setOf("builds", builds)}
  set special {
    type ipv4_addr; flags interval
    elements = { ${SPECIAL_NETWORKS.join(", ")} }
  }
  set rates {
    type ifname; size ${NETWORKS_MAX}; flags dynamic; timeout 1m
  }
  set connections {
    type ifname; size ${NETWORKS_MAX}; flags dynamic
  }

  # What holds for every connection that a container opens.
  chain opened {
    ct state established,related accept
    meta nfproto ipv6 drop
    update @rates { iifname limit rate over ${NEW_CONNECTIONS_PER_SECOND}/second burst ${NEW_CONNECTIONS_BURST} packets } drop
    add @connections { iifname ct count over ${OPEN_CONNECTIONS_MAX} } reject
    iifname ${ofBuilds} ip daddr . meta l4proto . th dport @builds accept
    iifname != ${ofBuilds} ip daddr . meta l4proto . th dport @apps accept
  }

  # To this machine, by any of its addresses.
  chain input {
    type filter hook input priority filter - 10; policy accept
    iifname != ${ours} accept
    jump opened
    meta l4proto tcp reject with tcp reset
    drop
  }

  # To other machines and to other containers.
  chain forward {
    type filter hook forward priority filter - 10; policy accept
    oifname ${ours} ct state established,related accept
    oifname ${ours} drop
    iifname != ${ours} accept
    jump opened
    tcp dport ${CLOSED_PORTS} reject with tcp reset
    ip daddr @special reject with icmp type admin-prohibited
  }

  # From this machine. The address of a container that does not run would lead to other machines, by the default route.
  chain output {
    type filter hook output priority filter - 10; policy accept
    ip daddr ${subnets} oifname != { ${ours}, "lo" } reject with icmp type host-unreachable
  }
}
`;
}

function setOf(name: string, allowed: readonly Egress[]): string {
  const elements = allowed.map(({ network, protocol, ports }) => `${network} . ${protocol} . ${ports}`);
  return `  set ${name} {
    type ipv4_addr . inet_proto . inet_service; flags interval${elements.length === 0 ? "" : `\n    elements = { ${elements.join(", ")} }`}
  }`;
}
