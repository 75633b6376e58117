/** Chooses what runs the object store here: MinIO on the PATH, else in Docker, else Ceph from Debian. */
import { type CephPrograms, findCeph, installCeph } from "../ceph/programs.ts";
import { dockerAnswers } from "../postgres/docker.ts";
import { onPath } from "../process/on-path.ts";
import { run } from "../process/run.ts";
import { type ProgressSink, step } from "../progress.ts";

export const MINIO_IMAGE = "minio/minio:RELEASE.2025-09-07T16-13-09Z";
const PULL_TIMEOUT_MS = 600_000;

export type StoreRunner = { kind: "minio"; program: string } | { kind: "docker" } | { kind: "ceph"; programs: CephPrograms };

/** What is present without an installation; null when nothing is. */
export async function findStoreRunner(): Promise<StoreRunner | null> {
  const program = onPath("minio");
  if (program !== undefined) return { kind: "minio", program };
  if (await dockerAnswers()) return { kind: "docker" };
  const programs = findCeph();
  return programs === null ? null : { kind: "ceph", programs };
}

/** Installs one if none is present. @throws SetupError that says what to install */
export async function provideStoreRunner(log: ProgressSink): Promise<StoreRunner> {
  const found = await findStoreRunner();
  if (found?.kind === "docker") {
    const purpose = `Docker image ${MINIO_IMAGE}`;
    await step(log, "docker", `fetching ${MINIO_IMAGE}`, () =>
      run("docker", ["pull", MINIO_IMAGE], { purpose, timeoutMs: PULL_TIMEOUT_MS }),
    );
  }
  return found ?? { kind: "ceph", programs: await installCeph(log) };
}
