/** PostgreSQL in a container, for machines without Debian packages. */
import { execa } from "execa";
import { run } from "../process/run.ts";

/** Includes pgvector; the same major version as in the examples of README.md. */
export const DOCKER_IMAGE = "pgvector/pgvector:pg17";

const INFO_TIMEOUT_MS = 5_000;
const PULL_TIMEOUT_MS = 600_000;
const REMOVE_TIMEOUT_MS = 30_000;

/** Whether Docker's engine answers; the program alone is not enough. */
export async function dockerAnswers(): Promise<boolean> {
  const { failed } = await execa("docker", ["info"], { timeout: INFO_TIMEOUT_MS, stdio: "ignore", reject: false });
  return !failed;
}

export async function pullImage(): Promise<void> {
  await run("docker", ["pull", DOCKER_IMAGE], { purpose: `Docker image ${DOCKER_IMAGE}`, timeoutMs: PULL_TIMEOUT_MS });
}

/** Removes what a killed predecessor left; its data stays in the volume. */
export async function removeContainer(name: string): Promise<void> {
  await execa("docker", ["rm", "--force", name], { timeout: REMOVE_TIMEOUT_MS, stdio: "ignore", reject: false });
}

/** The arguments of a `docker run` that stays in the foreground. The password goes by the environment, not the command line. */
export function runArguments(name: string, port: number, dataFolder: string, serverArguments: readonly string[]): string[] {
  const options = ["--rm", "--name", name, "--publish", `127.0.0.1:${port}:5432`, "--shm-size", "256m"];
  const data = [
    "--volume",
    `${dataFolder}:/var/lib/postgresql/data`,
    "--env",
    "POSTGRES_PASSWORD",
    "--env",
    "POSTGRES_HOST_AUTH_METHOD=scram-sha-256",
  ];
  return ["run", ...options, ...data, "--stop-signal", "SIGINT", DOCKER_IMAGE, "postgres", ...serverArguments];
}
