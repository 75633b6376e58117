/** Performs a limit job of the outbox: applies the decided limits and access to the tenant, unless a newer decision exists. */
import { jobIdFor } from "../../../contract/jobs.ts";
import type { LimitJob } from "../../../contract/outbox.ts";
import type { Deps } from "../../deps.ts";
import { homeOf } from "../../kinds.ts";
import { findOwner } from "../../platform-db/resources.ts";
import { isLimitWanted, recordLimited, renewLimit } from "../../platform-db/usage.ts";
import { countForTeam } from "./count.ts";

/** Idempotent. @throws when the bridge, the object or the database fails; the outbox then retries */
export async function performLimit(deps: Deps, job: LimitJob): Promise<void> {
  if (!(await isLimitWanted(deps.database, job.resourceId, job.generation))) return;
  await countForOwner(deps, job);
  await deps.fault("worker.limit.before_job", job.resourceId);
  const { resourceId, kind, generation, limits, access } = job;
  const call = { deps, requestId: jobIdFor("limit", resourceId, generation) };
  const outcome = await homeOf(kind).adjust(call, { resourceId, generation, limits, access });
  await deps.fault("worker.limit.after_job", job.resourceId);
  if (outcome === "done") return recordLimited(deps.database, job.resourceId, job.generation);
  // A rotation came first. Sends the same decision again under a newer generation.
  const renewed = await renewLimit(deps.database, resourceId, generation, new Date(deps.clock.now()));
  if (renewed !== null) await deps.outbox.enqueue([{ ...job, generation: renewed }]);
}

/** A claim notifies the objects of the former owner and of the team itself. This repeats it in case the claim crashed before. */
async function countForOwner(deps: Deps, { resourceId, kind }: LimitJob): Promise<void> {
  const owner = await findOwner(deps.database, resourceId);
  if (owner === null) return;
  if (owner.previousScope !== null) await deps.admission.of(owner.previousScope).detach(resourceId);
  if (owner.teamId !== null && owner.isWhollyTheirs) await countForTeam(deps, owner.teamId, { resourceId, kind });
}
