/** Which port each part listens on. Everything listens on 127.0.0.1 only. */
import { createServer } from "node:net";
import getPort from "get-port";
import { SetupError } from "./setup-error.ts";

export const HOST = "127.0.0.1";

export const DEFAULT_PORTS = {
  api: 8787,
  bridge: 8788,
  cron: 8789,
  sql: 8790,
  tenantPostgres: 5442,
  platformPostgres: 5443,
  redis: 6389,
  nats: 4232,
  natsWebSocket: 4233,
  objectStore: 9010,
  objectStoreMonitor: 9011,
  mongodb: 27027,
};
export type Ports = typeof DEFAULT_PORTS;
export type PortName = keyof Ports;

export const PORT_NAMES = Object.keys(DEFAULT_PORTS) as PortName[];

/** How a person moves one. `--port` is for the API, the one that matters to callers. */
export const PORT_VARIABLES: Readonly<Record<PortName, string>> = {
  api: "PORT",
  bridge: "INSTANODE_BRIDGE_PORT",
  cron: "INSTANODE_CRON_PORT",
  sql: "INSTANODE_SQL_PORT",
  tenantPostgres: "INSTANODE_TENANT_POSTGRES_PORT",
  platformPostgres: "INSTANODE_PLATFORM_POSTGRES_PORT",
  redis: "INSTANODE_REDIS_PORT",
  nats: "INSTANODE_NATS_PORT",
  natsWebSocket: "INSTANODE_NATS_WEBSOCKET_PORT",
  objectStore: "INSTANODE_OBJECT_STORE_PORT",
  objectStoreMonitor: "INSTANODE_OBJECT_STORE_MONITOR_PORT",
  mongodb: "INSTANODE_MONGODB_PORT",
};

/** Below the kernel's range for outgoing connections, so that no client takes a port between choosing and listening. */
const FREE_PORT_FIRST = 15_000;
const FREE_PORT_LAST = 31_999;
/** Between those and the kernel's: where Ceph's disk looks for free ports by itself. */
export const SCANNED_PORTS = { first: 32_000, last: 32_767 };
const FREE_PORT_TRIES = 50;

/** `given`, and a free port for each of the rest. */
export async function choosePorts(given: Partial<Ports>): Promise<Ports> {
  const ports = { ...DEFAULT_PORTS, ...given };
  for (const name of PORT_NAMES) {
    if (given[name] === undefined) ports[name] = await freePort();
  }
  return ports;
}

function freePort(): Promise<number> {
  const span = FREE_PORT_LAST - FREE_PORT_FIRST + 1;
  const candidates = Array.from({ length: FREE_PORT_TRIES }, () => FREE_PORT_FIRST + Math.floor(Math.random() * span));
  return getPort({ port: candidates, host: HOST, reserve: true });
}

/** @throws SetupError naming every port of `names` that something else listens on, and how to move it */
export async function refuseTakenPorts(ports: Ports, names: readonly PortName[]): Promise<void> {
  const taken: PortName[] = [];
  for (const name of names) {
    if (!(await isFree(ports[name]))) taken.push(name);
  }
  if (taken.length === 0) return;
  const list = taken.map((name) => `${ports[name]} (${name})`).join(", ");
  throw new SetupError(
    `Something else already listens on ${HOST}: port ${list}.`,
    taken.map((name) => `Stop it, or choose another port: ${PORT_VARIABLES[name]}=${ports[name] + 1000} npm start`),
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: HOST, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
