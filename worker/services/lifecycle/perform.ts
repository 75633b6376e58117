/** Does one job of the outbox: where the tenant lives first, then the platform database, then whatever remembers the resource. */
import type { DropJob, OutboxJob } from "../../../contract/admission.ts";
import { jobIdFor } from "../../../contract/jobs.ts";
import type { Deps } from "../../deps.ts";
import { homeOf } from "../../kinds.ts";
import { recordDropped } from "../../platform-db/resources.ts";
import { performLimit } from "./limit.ts";

/** Idempotent. @throws when the bridge, the object or the database does not; the outbox then tries again */
export async function performJob(deps: Deps, job: OutboxJob): Promise<void> {
  await (job.verb === "drop" ? performDrop(deps, job) : performLimit(deps, job));
}

async function performDrop(deps: Deps, { resourceId, kind, generation }: DropJob): Promise<void> {
  await deps.fault("worker.drop.before_job", resourceId);
  const call = { deps, requestId: jobIdFor("drop", resourceId, generation) };
  await homeOf(kind).close(call, { resourceId, generation });
  await deps.fault("worker.drop.after_job", resourceId);
  const scopes = await recordDropped(deps.database, resourceId, generation, new Date(deps.clock.now()));
  for (const scope of scopes) await deps.admission.of(scope).detach(resourceId);
  await deps.fault("worker.drop.after_update", resourceId);
}
