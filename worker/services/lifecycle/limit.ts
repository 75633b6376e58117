/** Does a limit job of the outbox: the engine gets what was decided for a tenant, unless something newer was decided meanwhile. */

import { jobIdFor } from "../../../contract/jobs.ts";
import { KINDS } from "../../../contract/kinds.ts";
import type { LimitJob } from "../../../contract/outbox.ts";
import type { Deps } from "../../deps.ts";
import { findOwner } from "../../platform-db/resources.ts";
import { isLimitWanted, recordLimited, renewLimit } from "../../platform-db/usage.ts";
import { BridgeError } from "../../ports/bridge.ts";
import { adjustInbox } from "../webhooks/adjust.ts";
import { countForTeam } from "./count.ts";

/** Idempotent. @throws when the bridge, the object or the database does not; the outbox then tries again */
export async function performLimit(deps: Deps, job: LimitJob): Promise<void> {
  if (!(await isLimitWanted(deps.database, job.resourceId, job.generation))) return;
  await countForOwner(deps, job);
  await deps.fault("worker.limit.before_job", job.resourceId);
  const outcome = await sendLimit(deps, job);
  await deps.fault("worker.limit.after_job", job.resourceId);
  if (outcome === "done") return recordLimited(deps.database, job.resourceId, job.generation);
  // A rotation came first: the same decision goes out again, as the newest change.
  const generation = await renewLimit(deps.database, job.resourceId, job.generation, new Date(deps.clock.now()));
  if (generation !== null) await deps.outbox.enqueue([{ ...job, generation }]);
}

/** A claim tells the old owner's object and the team's itself; a crash in between is made good here. */
async function countForOwner(deps: Deps, { resourceId, kind }: LimitJob): Promise<void> {
  const owner = await findOwner(deps.database, resourceId);
  if (owner === null) return;
  if (owner.previousScope !== null) await deps.admission.of(owner.previousScope).detach(resourceId);
  if (owner.teamId !== null && owner.isWhollyTheirs) await countForTeam(deps, owner.teamId, { resourceId, kind });
}

async function sendLimit(deps: Deps, { resourceId, kind, generation, limits, access }: LimitJob): Promise<"done" | "overtaken"> {
  const { engine } = KINDS[kind];
  if (engine === null) {
    await adjustInbox(deps, resourceId);
    return "done";
  }
  const jobId = jobIdFor("limit", resourceId, generation);
  const args = { engine, resource_id: resourceId, generation, limits, access };
  try {
    await deps.bridge.run<"limit">({ kind: "limit", args }, jobId, jobId);
    return "done";
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    if (error.code === "stale_generation") return "overtaken";
    // Nothing is there to be limited: the drop, or the reconciler's report, is what comes of that.
    if (error.code === "unknown_tenant" || error.code === "resource_gone") return "done";
    throw error;
  }
}
