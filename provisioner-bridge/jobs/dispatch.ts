/** Runs verified jobs: reads at once, changes one at a time per resource, each once however often it is sent. */
import type { Job, JobKind, JobOf, Outcome } from "../../contract/jobs.ts";
import type { Log } from "../log.ts";
import { Refusal, refusalOf } from "../refusal.ts";
import type { Query } from "../registry/database.ts";
import { withLockAndRead } from "../registry/lock.ts";
import { readKnown } from "../registry/tenants.ts";
import type { JournaledJob } from "../registry/transitions.ts";
import { type Asked, engineOf, type JobDeps, type LockedJob } from "./context.ts";
import { runCreate } from "./create.ts";
import { runDrop } from "./drop.ts";
import { createGate, type GateLimits } from "./gate.ts";
import { runHandOut } from "./hand-out.ts";
import { contentHashOf, journalFailure } from "./journal.ts";
import { runLimit } from "./limit.ts";
import { runGrant, runList, runMeasure } from "./reads.ts";
import { runRotate } from "./rotate.ts";
import type { VerifiedJob } from "./verify.ts";

/**
 * Together below the registry's connections: each running change holds one. Drops are slow and must not keep creates waiting, and
 * a hand-out, which is one statement, waits for neither.
 */
const HAND_OUTS: GateLimits = { running: 6, waiting: 400, waitMs: 10_000 };
const CHANGES: GateLimits = { running: 8, waiting: 400, waitMs: 10_000 };
const DROPS: GateLimits = { running: 3, waiting: 400, waitMs: 10_000 };

type ChangeJob = JobOf<"create"> | JobOf<"drop"> | JobOf<"rotate"> | JobOf<"limit">;
export type Dispatch = (verified: VerifiedJob, request: { id: string; log: Log }) => Promise<Outcome<JobKind>>;

/** @returns a function that resolves to the job's outcome or throws Refusal */
export function createDispatch(deps: JobDeps): Dispatch {
  const handOuts = createGate(HAND_OUTS, deps.clock);
  const changes = createGate(CHANGES, deps.clock);
  const drops = createGate(DROPS, deps.clock);

  return async ({ job, jti }, request) => {
    if (job.kind === "measure") return runMeasure(deps, job);
    if (job.kind === "list") return runList(deps, job);
    if (job.kind === "grant") return runGrant(deps, job);
    const engine = engineOf(deps, job.args.engine);
    const resourceId = job.args.resource_id;
    const contentHash = contentHashOf(job);
    const begun = (): JournaledJob => ({ jti, kind: job.kind, contentHash, resourceId, requestId: request.id, at: deps.clock.now() });
    let asked: Asked | null = null;
    if (job.kind === "create" && deps.pool.has(job.args.engine)) {
      const tried = await handOuts(() => runHandOut(deps, begun(), job));
      if (tried.done !== null) return tried.done;
      asked = tried.asked;
    }
    const gate = job.kind === "drop" ? drops : changes;
    const read = (client: Query) => readKnown(client, resourceId, jti);
    return gate(() =>
      withLockAndRead(deps.registry, resourceId, read, async (client, { tenant, entry }) => {
        if (entry !== null && entry.content_hash !== contentHash) throw new Refusal("job_conflict");
        return runChange({ ...deps, client, engine, journaled: begun(), tenant, entry, asked }, job, request.log);
      }),
    );
  };
}

async function runChange(context: LockedJob, job: ChangeJob, log: Log): Promise<Outcome<JobKind>> {
  try {
    return await change(context, job);
  } catch (error) {
    const at = context.clock.now();
    // The connection that holds the lock may be the one that broke; then the row stays "running", which a retry treats alike.
    await journalFailure(context.client, context.journaled.jti, refusalOf(error), at).catch((err: unknown) => {
      log.warn({ err }, "a failed job could not be journaled");
    });
    throw error;
  }
}

function change(context: LockedJob, job: ChangeJob): Promise<Outcome<JobKind>> {
  switch (job.kind) {
    case "create":
      return runCreate(context, job);
    case "drop":
      return runDrop(context, job);
    case "rotate":
      return runRotate(context, job);
    case "limit":
      return runLimit(context, job);
  }
}

export function resourceOf(job: Job): string | undefined {
  return "resource_id" in job.args ? job.args.resource_id : undefined;
}
