/** Performs one job of the outbox: at the tenant's home, then in the platform database, then in the objects that count the resource. */
import { jobIdFor } from "../../../contract/jobs.ts";
import type { DropJob, OutboxJob } from "../../../contract/outbox.ts";
import type { Deps } from "../../deps.ts";
import { homeOf } from "../../kinds.ts";
import { recordDropped } from "../../platform-db/resources.ts";
import { performLimit } from "./limit.ts";

/** Idempotent. @throws when the bridge, the object or the database fails; the outbox then retries */
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
