/** Deletes a resource. Once its row is `dropping`, the resource counts as gone, and the outbox drops the tenant. */
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { takeDeleted } from "../../platform-db/resources.ts";
import { auditActorOf } from "../actor.ts";
import { openResource } from "./find.ts";

/** @throws ApiError `not_found` when it is dropped or being dropped, `delete_failed` when the row could not be changed */
export async function deleteResource({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<void> {
  const { deps } = ctx;
  const { id, team_id: teamId, admission_scope: scope } = await openResource({ ctx, input });
  const job = await takeDeleted(deps.database, { id, teamId }, auditActorOf(ctx), new Date(deps.clock.now())).catch((cause: unknown) => {
    throw new ApiError("delete_failed", { cause });
  });
  if (job === null) throw new ApiError("not_found");
  await deps.fault("worker.delete.after_row", id);
  // The deletion is committed, so failures are only logged. The cron enqueues the drop again, and the drop deletes stored answers.
  const handedOn = [deps.outbox.enqueue([job]), ...(scope === null ? [] : [deps.admission.of(scope).forget(id)])];
  for (const outcome of await Promise.allSettled(handedOn)) {
    if (outcome.status === "rejected") ctx.log.warn("delete.left_to_cron", { resourceId: id, cause: outcome.reason });
  }
}
