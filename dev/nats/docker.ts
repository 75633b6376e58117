/** nats-server in a container, for machines without Debian packages. */
import { run } from "../process/run.ts";

export const NATS_IMAGE = "nats:2.12-alpine";
export const CONTAINER_PORTS = { client: 4222, webSocket: 8080 };
export const CONTAINER_DIRECTORY = "/data";
const PULL_TIMEOUT_MS = 600_000;

export async function pullImage(): Promise<void> {
  await run("docker", ["pull", NATS_IMAGE], { purpose: `Docker image ${NATS_IMAGE}`, timeoutMs: PULL_TIMEOUT_MS });
}

/** The arguments of a `docker run` that stays in the foreground. */
export function runArguments(name: string, ports: { client: number; webSocket: number }, directory: string, file: string): string[] {
  const publish = [
    "--publish",
    `127.0.0.1:${ports.client}:${CONTAINER_PORTS.client}`,
    "--publish",
    `127.0.0.1:${ports.webSocket}:${CONTAINER_PORTS.webSocket}`,
  ];
  return ["run", "--rm", "--name", name, ...publish, "--volume", `${directory}:${CONTAINER_DIRECTORY}`, NATS_IMAGE, "--config", file];
}
