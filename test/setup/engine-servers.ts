/** The engines' tests start servers themselves (test/support/postgres.ts and its neighbours); this makes sure that there is something to start. */
import type { TestProject } from "vitest/node";
import { findCeph, installCeph } from "../../dev/ceph/programs.ts";
import { provideRunner as provideMongodb } from "../../dev/mongodb/runner.ts";
import { provideNats } from "../../dev/nats/binary.ts";
import { provideRunner } from "../../dev/postgres/installation.ts";
import { serverUser } from "../../dev/process/users.ts";
import { lineProgress, type ProgressSink } from "../../dev/progress.ts";
import { provideRunner as provideRedis } from "../../dev/redis/installation.ts";
import { ensurePresent } from "../../dev/service.ts";
import { pgvector } from "../../dev/services/pgvector.ts";

/** @throws SetupError that says what to install by hand */
export async function setup(project: TestProject): Promise<void> {
  const log = lineProgress(process.stderr);
  const runner = await provideRunner(log);
  const redis = await provideRedis(log);
  if (runner.kind === "docker" || redis.kind === "docker")
    throw new Error("the engines' tests stop and kill their servers: they need the programs of PostgreSQL and Redis, not Docker");
  await ensurePresent(pgvector(runner.binaries), log);
  if (findCeph() === null) await installCeph(log);
  if ((await provideNats(log)).kind === "docker")
    throw new Error("the engines' tests stop and kill their servers: they need the program nats-server, not Docker");
  project.provide("mongodbMissing", await missingMongodb(log));
}

/** Why its tests are left out; empty when they run. */
async function missingMongodb(log: ProgressSink): Promise<string> {
  if (process.env.INSTANODE_MONGODB_URL) return "";
  try {
    await provideMongodb(serverUser("postgres"), log);
    return "";
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    log({ kind: "note", subject: "mongodb", text: `its tests are left out: ${reason}` });
    return reason;
  }
}
