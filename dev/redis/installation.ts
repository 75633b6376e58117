/** Chooses what runs Redis here: a program on this machine, else Docker, else Debian's package. */
import { candidateVersion, canInstallPackages, installPackages } from "../apt.ts";
import { dockerAnswers } from "../postgres/docker.ts";
import { run } from "../process/run.ts";
import { type ProgressSink, step } from "../progress.ts";
import { SetupError } from "../setup-error.ts";
import { findProgram, OLDEST_MAJOR } from "./program.ts";

export type RedisRunner = { kind: "program"; program: string } | { kind: "docker" };

export const DOCKER_IMAGE = "redis:7.2-bookworm";
const PULL_TIMEOUT_MS = 600_000;
/** Not `redis-server`, which starts a server of its own on port 6379, now and at every boot. This package has the program. */
const PACKAGE = "redis-tools";

/** What is present without an installation; null when nothing is. */
export async function findRunner(): Promise<RedisRunner | null> {
  const program = await findProgram();
  if (program !== null) return { kind: "program", program };
  return (await dockerAnswers()) ? { kind: "docker" } : null;
}

/** Installs it if it is not present. @throws SetupError that says what to install */
export async function provideRunner(log: ProgressSink): Promise<RedisRunner> {
  const found = await findRunner();
  if (found?.kind === "docker") await step(log, "docker", `fetching ${DOCKER_IMAGE}`, pullImage);
  return found ?? { kind: "program", program: await installFromDebian(log) };
}

async function pullImage(): Promise<void> {
  await run("docker", ["pull", DOCKER_IMAGE], { purpose: `Docker image ${DOCKER_IMAGE}`, timeoutMs: PULL_TIMEOUT_MS });
}

async function installFromDebian(log: ProgressSink): Promise<string> {
  if (!canInstallPackages()) throw nothingToRun("it may not install packages (not root, or no apt-get)");
  const candidate = await candidateVersion(PACKAGE, log);
  // "5:7.0.15-1": the epoch comes first.
  const major = Number.parseInt(candidate?.replace(/^\d+:/, "") ?? "0", 10);
  if (major < OLDEST_MAJOR) throw nothingToRun(`apt offers ${candidate === null ? "none" : `only ${candidate}`}`);
  await installPackages([PACKAGE], "Redis", log);
  const program = await findProgram();
  if (program === null) throw nothingToRun(`the package ${PACKAGE} brought none`);
  return program;
}

const nothingToRun = (reason: string): SetupError =>
  new SetupError(`No Redis ${OLDEST_MAJOR} or newer on this machine, and ${reason}. One of these is enough:`, [
    `Debian, Ubuntu: sudo apt-get install --no-install-recommends ${PACKAGE}`,
    "macOS:          brew install redis",
    "Docker:         start its engine",
    "a server of yours: INSTANODE_REDIS_URL=redis://administrator:…@host:port (docs/configuration.md says how it must be set up)",
  ]);
