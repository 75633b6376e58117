/** The firewall between containers and the rest of this machine. docs/deploys.md, "Isolation". */
import { execa } from "execa";
import { type Egress, egressText } from "../../provisioner-bridge/services/docker/egress.ts";
import { firewallRules, firewallTable } from "../../provisioner-bridge/services/docker/firewall.ts";
import { installPackages } from "../apt.ts";
import { nameServers, privateRegistries } from "../containers/egress.ts";
import { onPath } from "../process/on-path.ts";
import { run } from "../process/run.ts";
import { isRoot } from "../process/users.ts";
import type { DeployPart } from "../service.ts";
import { SetupError } from "../setup-error.ts";

const NFT_TIMEOUT_MS = 10_000;
/** Debian's folder for administrators is outside of an ordinary user's PATH. */
const PATH = `${process.env.PATH ?? ""}:/usr/sbin`;
const ENV = { PATH, LC_ALL: "C" };

export interface FirewallOptions {
  /** Begins the names of the containers' networks. */
  prefix: string;
  /** Their addresses. */
  subnets: string;
  /** The tenants' servers as containers reach them; asked at every start. */
  servers: () => readonly { host: string; port: number }[];
}

/** Whether this program can keep containers from this machine. Else apps and builds run without it, as on any developer's machine. */
export const canInstallFirewall = (): boolean => process.platform === "linux" && isRoot();

export function firewall({ prefix, subnets, servers }: FirewallOptions): DeployPart {
  const table = firewallTable(prefix);
  let allowed: { apps: Egress[]; builds: Egress[] } = { apps: [], builds: [] };
  return {
    name: "firewall",
    isOptional: true,
    ports: [],
    get rows() {
      const builds = allowed.builds.map(egressText).join(", ");
      return [
        {
          what: "firewall",
          where: `nft list table inet ${table}`,
          note: `builds also reach ${builds === "" ? "nothing private" : builds}`,
        },
      ];
    },
    bridgeEnvironment: () => ({
      APP_EGRESS_ALLOW: allowed.apps.map(egressText).join(","),
      BUILD_EGRESS_ALLOW: allowed.builds.map(egressText).join(","),
    }),
    present: async () => onPath("nft", PATH) !== undefined,
    install: (log) => installPackages(["nftables"], "The firewall of deployed apps", log),
    async start() {
      if (!canInstallFirewall()) throw new SetupError("Only root on Linux can keep apps and builds from the rest of this machine.");
      const dns = nameServers();
      const ofServers = servers().map(({ host, port }): Egress => ({ network: host, protocol: "tcp", ports: String(port) }));
      allowed = { apps: [...ofServers, ...dns], builds: [...dns, ...(await privateRegistries(process.env))] };
      const input = firewallRules({ prefix, subnets, ...allowed });
      await run("nft", ["--file", "-"], { purpose: "The firewall of deployed apps", timeoutMs: NFT_TIMEOUT_MS, env: ENV, input });
    },
    ready: async () => undefined,
    async stop() {
      if (!canInstallFirewall()) return;
      await execa("nft", ["delete", "table", "inet", table], { timeout: NFT_TIMEOUT_MS, reject: false, env: ENV });
    },
    pid: () => undefined,
    kill: () => undefined,
  };
}
