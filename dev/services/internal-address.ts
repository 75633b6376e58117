/**
 * The address at which containers reach the engines' servers, which listen on loopback: HAProxy passes connections on. The address is on
 * the loopback interface, because a container network's own exists only while a container runs. docs/decisions/0013-ingress.md.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { installPackages } from "../apt.ts";
import { serversFolder } from "../data/servers.ts";
import { findHaproxy } from "../ingress/haproxy.ts";
import type { DataPaths } from "../paths.ts";
import { HOST } from "../ports.ts";
import { onPath } from "../process/on-path.ts";
import { processService, type Surroundings } from "../process/process-service.ts";
import { run } from "../process/run.ts";
import { isRoot, unprivilegedUser } from "../process/users.ts";
import type { DeployPart } from "../service.ts";
import { SetupError } from "../setup-error.ts";

const NAME = "internal-address";
const INTERFACE = "lo";
/** Every data directory has an address of its own in 10.200.0.0/16. */
const NETWORK = "10.200";
/** Of either byte: 1 to 254. */
const BYTE_VALUES = 254;
const READY_TIMEOUT_MS = 10_000;
const IP_TIMEOUT_MS = 5_000;
const PROBE_TIMEOUT_MS = 1_000;
const STOP_STEPS = [{ signal: "SIGTERM", waitMs: 3_000 }] as const;

export interface InternalAddress extends DeployPart {
  readonly host: string;
}

export interface InternalAddressOptions {
  paths: DataPaths;
  /** The ports that are passed on, of the servers that run; asked at every start. */
  ports: () => readonly { name: string; port: number }[];
}

export function internalAddress({ paths, ports }: InternalAddressOptions, surroundings: Surroundings): InternalAddress {
  const host = addressOf(paths.dataDir);
  const folder = (): string => join(serversFolder(paths, unprivilegedUser()), NAME);
  const running = processService(
    {
      name: NAME,
      spec: (logFile) => ({
        command: findHaproxy() ?? "haproxy",
        args: ["-db", "-f", configurationFile(folder())],
        env: {},
        cwd: "/",
        user: unprivilegedUser(),
        logFile,
        orphanSignal: "TERM",
      }),
      probe: async () => {
        for (const { port } of ports()) await accepts(host, port);
      },
      readyTimeoutMs: READY_TIMEOUT_MS,
      stopSteps: STOP_STEPS,
    },
    surroundings,
  );
  return {
    ...running,
    name: NAME,
    isOptional: true,
    host,
    ports: [],
    rows: [{ what: "servers for apps", where: host, note: "the engines' ports, as containers reach them" }],
    bridgeEnvironment: () => ({}),
    present: async () => findHaproxy() !== undefined && onPath("ip") !== undefined,
    install: (log) => installPackages(["haproxy", "iproute2"], "The servers' address for containers", log),
    async start() {
      if (!isRoot()) throw new SetupError("Only root can add the address at which containers reach the servers.");
      mkdirSync(folder(), { recursive: true, mode: 0o755 });
      writeFileSync(configurationFile(folder()), configuration(host, ports()));
      await addAddress(host);
      await running.start();
    },
    async stop() {
      await running.stop();
      if (isRoot()) await execa("ip", ["address", "delete", `${host}/32`, "dev", INTERFACE], { timeout: IP_TIMEOUT_MS, reject: false });
    },
  };
}

const configurationFile = (folder: string): string => join(folder, "haproxy.cfg");

/** Of this data directory: a stack that was killed leaves an address that its next start takes over. */
function addressOf(dataDir: string): string {
  const [first = 0, second = 0] = createHash("sha256").update(dataDir).digest();
  return [NETWORK, 1 + (first % BYTE_VALUES), 1 + (second % BYTE_VALUES)].join(".");
}

async function addAddress(host: string): Promise<void> {
  const purpose = "The servers' address for containers";
  const env = { PATH: process.env.PATH ?? "" };
  await run("ip", ["address", "replace", `${host}/32`, "dev", INTERFACE], { purpose, timeoutMs: IP_TIMEOUT_MS, env });
}

function configuration(host: string, ports: readonly { name: string; port: number }[]): string {
  const passed = ports.map(({ name, port }) => `listen ${name}\n  bind ${host}:${port}\n  server server ${HOST}:${port}\n`);
  return `global
  maxconn 4000

defaults
  mode tcp
  timeout connect 3s
  # Connections to databases may be idle for long. TCP notices a client that is gone.
  timeout client 24h
  timeout server 24h
  option clitcpka
  option srvtcpka

${passed.join("\n")}`;
}

/** Throws unless something listens there. */
async function accepts(host: string, port: number): Promise<void> {
  const socket = connect({ host, port, timeout: PROBE_TIMEOUT_MS });
  socket.once("timeout", () => socket.destroy(new Error(`nothing accepts connections at ${host}:${port}`)));
  await once(socket, "connect");
  socket.destroy();
}
