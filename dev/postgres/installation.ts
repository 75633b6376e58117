/** Chooses what runs PostgreSQL here: programs on this machine, else Docker, else Debian's packages. Both clusters use it. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { candidateVersion, canInstallPackages, installPackages } from "../apt.ts";
import type { ProgressSink } from "../progress.ts";
import { step } from "../progress.ts";
import { SetupError } from "../setup-error.ts";
import { findBinaries, OLDEST_MAJOR, type PostgresBinaries } from "./binaries.ts";
import { DOCKER_IMAGE, dockerAnswers, pullImage } from "./docker.ts";

export type PostgresRunner = { kind: "binaries"; binaries: PostgresBinaries } | { kind: "docker" };

/** Keeps Debian's package from making and starting a cluster of its own on port 5432. */
const CLUSTER_CONFIGURATION_FOLDER = "/etc/postgresql-common";
const CLUSTER_CONFIGURATION = `${CLUSTER_CONFIGURATION_FOLDER}/createcluster.conf`;

/** What is present without an installation; null when nothing is. */
export async function findRunner(): Promise<PostgresRunner | null> {
  const binaries = await findBinaries();
  if (binaries !== null) return { kind: "binaries", binaries };
  return (await dockerAnswers()) ? { kind: "docker" } : null;
}

/** Installs it if it is not present. @throws SetupError that says what to install */
export async function provideRunner(log: ProgressSink): Promise<PostgresRunner> {
  const found = await findRunner();
  if (found?.kind === "docker") await step(log, "docker", `fetching ${DOCKER_IMAGE}`, pullImage);
  return found ?? { kind: "binaries", binaries: await installFromDebian(log) };
}

async function installFromDebian(log: ProgressSink): Promise<PostgresBinaries> {
  if (!canInstallPackages()) throw nothingToRun("it may not install packages (not root, or no apt-get)");
  const candidate = await candidateVersion("postgresql", log);
  if (Number.parseInt(candidate ?? "0", 10) < OLDEST_MAJOR) {
    throw nothingToRun(`apt offers ${candidate === null ? "none" : `only ${candidate}`}`);
  }
  if (!existsSync(CLUSTER_CONFIGURATION)) {
    mkdirSync(CLUSTER_CONFIGURATION_FOLDER, { recursive: true });
    writeFileSync(CLUSTER_CONFIGURATION, "create_main_cluster = false\n");
  }
  await installPackages(["postgresql"], "PostgreSQL", log);
  const installed = await findBinaries();
  if (installed === null) throw nothingToRun("the package postgresql brought none");
  return installed;
}

const nothingToRun = (reason: string): SetupError =>
  new SetupError(`No PostgreSQL ${OLDEST_MAJOR} or newer on this machine, and ${reason}. One of these is enough:`, [
    "Debian, Ubuntu: sudo apt-get install postgresql   (and postgresql-NN-pgvector where it exists, or pgvector from its source)",
    "macOS:          brew install postgresql@17 pgvector   and put its bin folder on the PATH",
    "Docker:         start its engine",
    "a server of yours with pgvector: INSTANODE_TENANT_POSTGRES_URL and INSTANODE_PLATFORM_POSTGRES_URL=postgres://superuser:…@host:port/postgres",
  ]);
