/** A job that changes one resource: how it gets its turn, the resource's lock, and its entry in the journal. */
import type pg from "pg";
import type { JobOf } from "../../contract/jobs.ts";
import type { Engine } from "../engines/engine.ts";
import type { Log } from "../log.ts";
import { Refusal, refusalOf } from "../refusal.ts";
import type { Query } from "../registry/database.ts";
import { withLockAndRead } from "../registry/lock.ts";
import { type JournalEntry, readKnown, type TenantRow } from "../registry/tenants.ts";
import type { JournaledJob } from "../registry/transitions.ts";
import { engineOf, type JobDeps } from "./context.ts";
import type { Gate } from "./gate.ts";
import { contentHashOf, journalFailure } from "./journal.ts";

export type ChangeJob = JobOf<"create"> | JobOf<"drop"> | JobOf<"rotate"> | JobOf<"limit">;

/** A change that has been verified and not yet begun. */
export type Change = JobDeps & {
  engine: Engine;
  /** What the journal will hold of the job, begun now. */
  journaled(): JournaledJob;
  /**
   * Runs `work` under the resource's lock, when it is the job's turn in `gate`. Its failure is journaled.
   * @throws Refusal job_conflict when the same id had other content; resource_busy when the lock or the turn takes too long
   */
  underLock<T>(gate: Gate, work: (context: LockedJob) => Promise<T>): Promise<T>;
};

/** A job that holds its resource's lock, and what the registry knew when it got it. */
export type LockedJob = JobDeps & {
  /** The connection that holds the lock. */
  client: pg.PoolClient;
  engine: Engine;
  journaled: JournaledJob;
  tenant: TenantRow | null;
  entry: JournalEntry | null;
};

/** @throws Refusal unknown_engine */
export function changeOf(deps: JobDeps, job: ChangeJob, jti: string, request: { id: string; log: Log }): Change {
  const engine = engineOf(deps, job.args.engine);
  const resourceId = job.args.resource_id;
  const contentHash = contentHashOf(job);
  const journaled = (): JournaledJob => ({ jti, kind: job.kind, contentHash, resourceId, requestId: request.id, at: deps.clock.now() });
  const read = (client: Query) => readKnown(client, resourceId, jti);
  return {
    ...deps,
    engine,
    journaled,
    underLock: (gate, work) =>
      gate(() =>
        withLockAndRead(deps.registry, resourceId, read, async (client, { tenant, entry }) => {
          if (entry !== null && entry.content_hash !== contentHash) throw new Refusal("job_conflict");
          const context: LockedJob = { ...deps, client, engine, journaled: journaled(), tenant, entry };
          return work(context).catch((error: unknown) => fail(context, error, request.log));
        }),
      ),
  };
}

/** Journals why the job did not end, and throws that. */
async function fail({ client, clock, journaled }: LockedJob, error: unknown, log: Log): Promise<never> {
  // The lock's connection may be the one that broke. Then the entry stays "running", which a retry treats alike.
  await journalFailure(client, journaled.jti, refusalOf(error), clock.now()).catch((err: unknown) => {
    log.warn({ err }, "a failed job could not be journaled");
  });
  throw error;
}
