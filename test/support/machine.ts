/** What this machine listens on, and servers of a test's own on all of its addresses. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { execa } from "execa";

export type Listener = { protocol: "tcp" | "udp"; address: string; port: number };

const TIMEOUT_MS = 10_000;
/** `tcp LISTEN 0 511 127.0.0.1%lo:8443 0.0.0.0:*` */
const LINE = /^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+\[?([^\s\]%]+?)\]?(?:%\S+)?\]?:(\d+)\s/gm;

/** Every server of this machine, of all programs. */
export async function listeners(): Promise<Listener[]> {
  const { stdout } = await execa("ss", ["-H", "-l", "-n", "-t", "-u"], { timeout: TIMEOUT_MS });
  return [...`${stdout}\n`.matchAll(LINE)].map(([, protocol, address = "", port]) => ({
    protocol: protocol === "udp" ? "udp" : "tcp",
    address,
    port: Number(port),
  }));
}

/** The IPv4 addresses of this machine outside of loopback. */
export function addresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap((infos = []) => infos);
  return found.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}

export type OpenServer = { tcp: number; udp: number /** Open TCP connections now. */; connections(): number; close(): void };

/** A TCP and a UDP server on all addresses of the machine, IPv6 too. Both answer whoever asks. */
export async function openServer(): Promise<OpenServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
  });
  server.listen({ port: 0, host: "::", backlog: 2_048 });
  await once(server, "listening");
  const udp = createSocket("udp4", (message, { address, port }) => udp.send(message, port, address));
  udp.bind(0, "0.0.0.0");
  await once(udp, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    tcp: address.port,
    udp: udp.address().port,
    connections: () => sockets.size,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      udp.close();
    },
  };
}
