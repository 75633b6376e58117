/** A Docker Engine that is on this machine already. */
import { existsSync } from "node:fs";
import Docker from "dockerode";

const SOCKETS = ["/var/run/docker.sock"];
const PING_TIMEOUT_MS = 3_000;

/** The socket of an engine that answers; undefined when there is none. */
export async function dockerSocket(): Promise<string | undefined> {
  const named = /^unix:\/\/(\/.+)$/.exec(process.env.DOCKER_HOST ?? "")?.[1];
  for (const socket of named === undefined ? SOCKETS : [named]) if (existsSync(socket) && (await answers(socket))) return socket;
  return undefined;
}

/** Whether a container engine answers at this socket. */
export async function answers(socketPath: string): Promise<boolean> {
  return new Docker({ socketPath, timeout: PING_TIMEOUT_MS }).ping().then(
    () => true,
    () => false,
  );
}
