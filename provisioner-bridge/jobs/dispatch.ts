/** Runs verified jobs: reads at once, changes one at a time per resource, each once however often it is sent. */
import type { Job, JobKind, Outcome } from "../../contract/jobs.ts";
import type { Log } from "../log.ts";
import { changeOf } from "./change.ts";
import type { JobDeps } from "./context.ts";
import { runCreate } from "./create.ts";
import { runDrop } from "./drop.ts";
import { createGate, type GateLimits } from "./gate.ts";
import { runLimit } from "./limit.ts";
import { runGrant, runList } from "./reads.ts";
import { runRotate } from "./rotate.ts";
import type { VerifiedJob } from "./verify.ts";

/**
 * Together below the registry's connections: each running change holds one. Drops are slow and must not delay creates; a hand-out
 * is one statement and waits for neither.
 */
const HAND_OUTS: GateLimits = { running: 6, waiting: 400, waitMs: 10_000 };
const CHANGES: GateLimits = { running: 8, waiting: 400, waitMs: 10_000 };
const DROPS: GateLimits = { running: 3, waiting: 400, waitMs: 10_000 };

export type Dispatch = (verified: VerifiedJob, request: { id: string; log: Log }) => Promise<Outcome<JobKind>>;

/** @returns a function that resolves to the job's outcome or throws Refusal */
export function createDispatch(deps: JobDeps): Dispatch {
  const handOuts = createGate(HAND_OUTS, deps.clock);
  const changes = createGate(CHANGES, deps.clock);
  const drops = createGate(DROPS, deps.clock);

  return async ({ job, jti }, request) => {
    switch (job.kind) {
      case "list":
        return runList(deps, job);
      case "grant":
        return runGrant(deps, job);
      case "create":
        return runCreate(changeOf(deps, job, jti, request), job, { handOuts, changes });
      case "drop":
        return changeOf(deps, job, jti, request).underLock(drops, (context) => runDrop(context, job));
      case "rotate":
        return changeOf(deps, job, jti, request).underLock(changes, (context) => runRotate(context, job));
      case "limit":
        return changeOf(deps, job, jti, request).underLock(changes, (context) => runLimit(context, job));
    }
  };
}

export function resourceOf(job: Job): string | undefined {
  return "resource_id" in job.args ? job.args.resource_id : undefined;
}
