/** The container engine that builds and runs apps: Docker where it answers, else Debian's Podman. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { installPackages } from "../apt.ts";
import { dockerSocket } from "../containers/docker.ts";
import { hasPodman, PODMAN_PACKAGES } from "../containers/podman.ts";
import { podmanService } from "../containers/podman-service.ts";
import type { DataPaths } from "../paths.ts";
import type { Surroundings } from "../process/process-service.ts";
import type { DeployPart } from "../service.ts";
import { canInstallFirewall } from "./firewall.ts";

const NAME = "container-engine";
/** Each stack has a /16 of its own: 10.64.0.0 to 10.191.0.0. */
const SUBNETS = { first: 64, count: 128 };
const HEX = 16;
const PREFIX_CHARACTERS = 5;

type Engine = { socket: string; isDocker: boolean; pull: "missing" | "never" };

export function containerEngine({ paths }: { paths: DataPaths }, surroundings: Surroundings): DeployPart {
  const podman = podmanService(NAME, join(paths.dataDir, "containers"), surroundings);
  let engine: Engine | undefined;
  return {
    ...podman,
    name: NAME,
    isOptional: true,
    ports: [],
    get rows() {
      const { socket = "", isDocker = false, pull = "missing" } = engine ?? {};
      const images = pull === "never" ? "base images are local stand-ins" : "pulls base images";
      return [{ what: "container engine", where: socket, note: `${isDocker ? "Docker" : "Podman"}; ${images}` }];
    },
    present: async () => (await dockerSocket()) !== undefined || hasPodman(),
    install: (log) => installPackages(PODMAN_PACKAGES, "Deploys", log),
    async start() {
      const socket = await dockerSocket();
      engine = socket === undefined ? { ...(await podman.start()), isDocker: false } : { socket, isDocker: true, pull: "missing" };
    },
    bridgeEnvironment() {
      if (engine === undefined) return {};
      const { socket, isDocker, pull } = engine;
      const addresses = isDocker && process.platform !== "linux" ? "published" : "container";
      const isolation = canInstallFirewall() ? "required" : "unchecked";
      return { BRIDGE_RUNNER: JSON.stringify({ driver: "docker", socket, ...placeOf(paths), addresses, pull, isolation }) };
    },
  };
}

/** Names and subnets that no other stack of this machine uses. */
export function placeOf({ dataDir }: Pick<DataPaths, "dataDir">): { prefix: string; subnets: string } {
  const hash = createHash("sha256").update(dataDir).digest("hex");
  const octet = SUBNETS.first + (Number.parseInt(hash.slice(-2), HEX) % SUBNETS.count);
  return { prefix: `i${hash.slice(0, PREFIX_CHARACTERS)}`, subnets: `10.${octet}.0.0/16` };
}
