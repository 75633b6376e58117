/** The engines' tests start servers themselves (test/support/postgres.ts, …/redis.ts); this makes sure that there is something to start. */
import { findCeph, installCeph } from "../../dev/ceph/programs.ts";
import { provideRunner } from "../../dev/postgres/installation.ts";
import { lineProgress } from "../../dev/progress.ts";
import { provideRunner as provideRedis } from "../../dev/redis/installation.ts";
import { ensurePresent } from "../../dev/service.ts";
import { pgvector } from "../../dev/services/pgvector.ts";

/** @throws SetupError that says what to install by hand */
export async function setup(): Promise<void> {
  const log = lineProgress(process.stderr);
  const runner = await provideRunner(log);
  const redis = await provideRedis(log);
  if (runner.kind === "docker" || redis.kind === "docker")
    throw new Error("the engines' tests stop and kill their servers: they need the programs of PostgreSQL and Redis, not Docker");
  await ensurePresent(pgvector(runner.binaries), log);
  if (findCeph() === null) await installCeph(log);
}
