/** Deletes a resource. The row decides; from then on it counts as deleted, and the outbox drops the tenant. */
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { takeDeleted } from "../../platform-db/resources.ts";
import { auditActorOf } from "../actor.ts";
import { openResource } from "./find.ts";

/** @throws ApiError `not_found` when it is deleted or being dropped, `delete_failed` when the database does not answer */
export async function deleteResource({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<void> {
  const { deps } = ctx;
  const { id, team_id: teamId, admission_scope: scope } = await openResource({ ctx, input });
  const job = await takeDeleted(deps.database, { id, teamId }, auditActorOf(ctx), new Date(deps.clock.now())).catch((cause: unknown) => {
    throw new ApiError("delete_failed", { cause });
  });
  if (job === null) throw new ApiError("not_found");
  await deps.fault("worker.delete.after_row", id);
  // The decision is stored: a job that cannot be enqueued now is found by the cron. The outbox removes stored answers as well.
  const handedOn = [deps.outbox.enqueue([job]), ...(scope === null ? [] : [deps.admission.of(scope).forget(id)])];
  for (const outcome of await Promise.allSettled(handedOn)) {
    if (outcome.status === "rejected") ctx.log.warn("delete.left_to_cron", { resourceId: id, cause: outcome.reason });
  }
}
