/** Which ports there are on one machine. Everything listens on 127.0.0.1 only. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import getPort from "get-port";

export const HOST = "127.0.0.1";

/** Below the kernel's range for outgoing connections, so that no client takes a port between its choice and its use. */
const FREE_PORT_FIRST = 15_000;
const FREE_PORT_LAST = 31_999;
/** Between those and the kernel's: where Ceph's disk looks for free ports by itself. */
export const SCANNED_PORTS = { first: 32_000, last: 32_767 };
const FREE_PORT_TRIES = 50;

export function freePort(): Promise<number> {
  const span = FREE_PORT_LAST - FREE_PORT_FIRST + 1;
  const candidates = Array.from({ length: FREE_PORT_TRIES }, () => FREE_PORT_FIRST + Math.floor(Math.random() * span));
  return getPort({ port: candidates, host: HOST, reserve: true });
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: HOST, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** A UDP port of this machine that is free now. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, HOST, resolve);
  });
  const { port } = socket.address();
  await new Promise<void>((resolve) => {
    socket.close(resolve);
  });
  return port;
}
