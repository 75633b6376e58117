/**
 * Suspends a resource without deleting it, and resumes it with the same URL and password. The row decides; a limit job applies the
 * decision at the resource's home, and the answer waits for it.
 */
import pTimeout from "p-timeout";
import { plans } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { decidePause, findPendingLimit } from "../../platform-db/pauses.ts";
import { auditActorOf, requireAccount } from "../actor.ts";
import { performLimit } from "../lifecycle/limit.ts";
import { openResource } from "./find.ts";
import { describeResource } from "./item.ts";

/** An engine needs well under a second. After this time the outbox continues alone. */
const CARRY_OUT_TIMEOUT_MS = 15_000;
/** More changes of one resource within a few seconds are not expected. */
const OVERTAKEN_MAX = 3;

type Asked = { ctx: RequestContext; input: { token: string } };

/** @throws ApiError `not_found`, `upgrade_required`, `already_paused`, `provider_failed` when the engine has not applied it yet */
export async function pauseResource({ ctx, input }: Asked) {
  return change({ ctx, input }, true);
}

/** For every tier: a resource that was paused can be resumed. @throws ApiError `not_found`, `not_paused`, `provider_failed` */
export async function resumeResource({ ctx, input }: Asked) {
  return change({ ctx, input }, false);
}

async function change({ ctx, input }: Asked, isPaused: boolean) {
  const { deps } = ctx;
  const { team } = requireAccount(ctx);
  const { id } = await openResource({ ctx, input });
  if (isPaused && !plans.tiers[team.tier].features.pause) throw new ApiError("upgrade_required", { detail: "Pausing a resource" });
  const now = new Date(deps.clock.now());
  const job = await decidePause(deps.database, { id, teamId: team.id }, isPaused, auditActorOf(ctx), now).catch(lookupFailed);
  if (job !== null) {
    await deps.fault("worker.pause.after_row", id);
    // The decision is stored: a job that cannot be enqueued now is found by the cron (`limit_generation`).
    await deps.outbox.enqueue([job]).catch((cause: unknown) => ctx.log.warn("pause.left_to_cron", { resourceId: id, cause }));
  }
  const wasPending = await carryOut(ctx, id);
  // An interrupted request is completed by the next one; only a state that was reached before is a conflict.
  if (job === null && !wasPending) await refuseUnlessGone({ ctx, input }, isPaused);
  return describeResource({ ctx, input });
}

/** Performs the outbox's job now, so that the answer reports the result; the second of the two finds it done. */
async function carryOut(ctx: RequestContext, id: string): Promise<boolean> {
  const { deps } = ctx;
  for (let round = 0; round <= OVERTAKEN_MAX; round += 1) {
    const job = await findPendingLimit(deps.database, id).catch(lookupFailed);
    if (job === null) return round > 0;
    await pTimeout(performLimit(deps, job), { milliseconds: CARRY_OUT_TIMEOUT_MS }).catch((cause: unknown) => {
      throw new ApiError("provider_failed", { cause });
    });
  }
  throw new ApiError("provider_failed");
}

/** @throws ApiError `not_found` when it was dropped meanwhile, otherwise the conflict */
async function refuseUnlessGone(asked: Asked, isPaused: boolean): Promise<never> {
  await openResource(asked);
  throw new ApiError(isPaused ? "already_paused" : "not_paused");
}
