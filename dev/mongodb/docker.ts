/** MongoDB in a container. */
import { execa } from "execa";
import { run } from "../process/run.ts";
import { type ProgressSink, step } from "../progress.ts";
import { ADMINISTRATOR } from "./administrator.ts";

export const DOCKER_IMAGE = "mongo:8.0";

const PULL_TIMEOUT_MS = 600_000;
const REMOVE_TIMEOUT_MS = 30_000;

export async function pullImage(log: ProgressSink): Promise<void> {
  await step(log, "docker", `fetching ${DOCKER_IMAGE}`, () =>
    run("docker", ["pull", DOCKER_IMAGE], { purpose: `Docker image ${DOCKER_IMAGE}`, timeoutMs: PULL_TIMEOUT_MS }),
  );
}

/** Removes what a killed predecessor left; its data stays in the volume. */
export async function removeContainer(name: string): Promise<void> {
  await execa("docker", ["rm", "--force", name], { timeout: REMOVE_TIMEOUT_MS, stdio: "ignore", reject: false });
}

/** The arguments of a `docker run` that stays in the foreground. The password goes by the environment, not the command line. */
export function runArguments(name: string, port: number, dataFolder: string): string[] {
  const options = ["--rm", "--name", name, "--publish", `127.0.0.1:${port}:27017`];
  const administrator = ["--env", `MONGO_INITDB_ROOT_USERNAME=${ADMINISTRATOR}`, "--env", "MONGO_INITDB_ROOT_PASSWORD"];
  return ["run", ...options, "--volume", `${dataFolder}:/data/db`, ...administrator, DOCKER_IMAGE, "mongod", "--auth"];
}
