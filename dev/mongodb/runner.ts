/** Chooses what runs MongoDB here, the real one first: mongod on the PATH, Docker, a downloaded mongod, the stand-in. */
import { dockerAnswers } from "../postgres/docker.ts";
import { onPath } from "../process/on-path.ts";
import type { SystemUser } from "../process/users.ts";
import type { ProgressSink } from "../progress.ts";
import { DOCKER_IMAGE, pullImage } from "./docker.ts";
import { findTree, makeTree, type Tree } from "./documentdb/tree.ts";
import { downloadMongod, findDownloaded } from "./download.ts";

export type MongodbRunner = { kind: "mongod"; binary: string } | { kind: "docker" } | { kind: "stand-in"; tree: Tree };

/** What is present without a download; null when nothing is, or when a better one might be downloaded. */
export async function findRunner(user: SystemUser | undefined): Promise<MongodbRunner | null> {
  const binary = onPath("mongod");
  if (binary !== undefined) return { kind: "mongod", binary };
  if (await dockerAnswers()) return null;
  const downloaded = await findDownloaded();
  if (downloaded !== null) return { kind: "mongod", binary: downloaded };
  const tree = findTree(user);
  return tree === null ? null : { kind: "stand-in", tree };
}

/** Installs one if none is present. @throws SetupError where none is available */
export async function provideRunner(user: SystemUser | undefined, log: ProgressSink): Promise<MongodbRunner> {
  const found = await findRunner(user);
  if (found !== null) return found;
  if (await dockerAnswers()) {
    await pullImage(log);
    return { kind: "docker" };
  }
  const binary = await downloadMongod(log);
  return binary === null ? { kind: "stand-in", tree: await makeTree(user, log) } : { kind: "mongod", binary };
}

/** The text for the table of a start. */
export function describeRunner(runner: MongodbRunner): string {
  switch (runner.kind) {
    case "mongod":
      return runner.binary;
    case "docker":
      return `${DOCKER_IMAGE} in Docker`;
    case "stand-in":
      return "a stand-in: DocumentDB on PostgreSQL";
  }
}
