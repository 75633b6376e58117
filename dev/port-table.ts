/** Which port each part of the local stack listens on: its number, and the variable by which a person moves it. */
import type { PortEntry } from "./engine-server-entry.ts";
import { ENGINE_SERVER_ENTRIES } from "./engine-servers.ts";
import { freePort, HOST, isFree } from "./ports.ts";
import { SetupError } from "./setup-error.ts";

const PLATFORM_PORTS = {
  /** Callers also move it with `--port`. */
  api: { number: 8787, variable: "PORT" },
  bridge: { number: 8788, variable: "INSTANODE_BRIDGE_PORT" },
  cron: { number: 8789, variable: "INSTANODE_CRON_PORT" },
  sql: { number: 8790, variable: "INSTANODE_SQL_PORT" },
  platformPostgres: { number: 5443, variable: "INSTANODE_PLATFORM_POSTGRES_PORT" },
  /** Of the apps' addresses. */
  ingress: { number: 8443, variable: "INSTANODE_INGRESS_PORT" },
} satisfies Record<string, PortEntry>;

/** The ports of the platform, and by their names those of the engines' servers. */
export type Ports = Record<keyof typeof PLATFORM_PORTS, number> & Record<string, number>;

export const PORT_ENTRIES: Readonly<Record<string, PortEntry>> = Object.assign(
  {},
  PLATFORM_PORTS,
  ...ENGINE_SERVER_ENTRIES.map(({ ports }) => ports),
);
export const PORT_NAMES: readonly string[] = Object.keys(PORT_ENTRIES);

/** The numbers a person gets who moves none. */
export function defaultPorts(): Ports {
  const { api, bridge, cron, sql, platformPostgres, ingress } = PLATFORM_PORTS;
  const platform = {
    api: api.number,
    bridge: bridge.number,
    cron: cron.number,
    sql: sql.number,
    platformPostgres: platformPostgres.number,
    ingress: ingress.number,
  };
  return Object.assign(platform, Object.fromEntries(Object.entries(PORT_ENTRIES).map(([name, { number }]) => [name, number])));
}

/** `given`, and a free port for each of the rest. */
export async function choosePorts(given: Partial<Ports>): Promise<Ports> {
  const ports = defaultPorts();
  for (const name of PORT_NAMES) ports[name] = given[name] ?? (await freePort());
  return ports;
}

/** @throws SetupError naming every port of `names` that something else listens on, and how to move it */
export async function refuseTakenPorts(ports: Ports, names: readonly string[]): Promise<void> {
  const taken: { name: string; port: number }[] = [];
  for (const name of names) {
    const port = ports[name];
    if (port !== undefined && !(await isFree(port))) taken.push({ name, port });
  }
  if (taken.length === 0) return;
  const list = taken.map(({ name, port }) => `${port} (${name})`).join(", ");
  throw new SetupError(
    `Something else already listens on ${HOST}: port ${list}.`,
    taken.map(({ name, port }) => `Stop it, or choose another port: ${PORT_ENTRIES[name]?.variable}=${port + 1000} npm start`),
  );
}
