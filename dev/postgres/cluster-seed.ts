/** A cluster that was never started, kept in the cache. A copy of it takes a third of the time that initdb takes. */
import { randomBytes } from "node:crypto";
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { scramVerifier } from "../../provisioner-bridge/engines/postgres/scram.ts";
import { cacheFolder } from "../data/cache.ts";
import { run } from "../process/run.ts";
import type { SystemUser } from "../process/users.ts";
import type { PostgresBinaries } from "./binaries.ts";

const COPY_TIMEOUT_MS = 60_000;
const SALT_BYTES = 16;

export interface SeedPlan {
  binaries: PostgresBinaries;
  user: SystemUser | undefined;
  superuser: string;
  /** Makes a new cluster in a folder that is not there yet. */
  initialise(directory: string): Promise<void>;
}

/** Copies the seed to `directory` and gives the superuser its password. The seed is made first where it is missing. */
export async function copySeed(plan: SeedPlan, directory: string, password: string): Promise<void> {
  const { binaries, user, superuser } = plan;
  const seed = await ensureSeed(plan);
  const purpose = "A copy of a PostgreSQL cluster";
  // As an archive: PostgreSQL insists that the files belong to its user.
  await run("cp", ["--archive", seed, directory], { purpose, timeoutMs: COPY_TIMEOUT_MS });
  const verifier = await scramVerifier(password, randomBytes(SALT_BYTES));
  await run(join(binaries.bin, "postgres"), ["--single", "-F", "-D", directory, "postgres"], {
    purpose,
    timeoutMs: COPY_TIMEOUT_MS,
    cwd: directory,
    user,
    env: { LC_ALL: "C" },
    input: `ALTER ROLE ${superuser} PASSWORD '${verifier}'\n`,
  });
}

async function ensureSeed({ binaries, user, initialise }: SeedPlan): Promise<string> {
  const seed = join(cacheFolder(user), `postgres-${binaries.major}-seed-${user?.name ?? "own"}`);
  if (existsSync(seed)) return seed;
  const draft = `${seed}.new-${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    await initialise(draft);
    // Another program may have been quicker: the two are alike.
    if (!existsSync(seed)) renameSync(draft, seed);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return seed;
}
