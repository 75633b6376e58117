/**
 * Pauses and resumes a resource without deleting it. URL and password stay the same. The row is updated first, then a limit job applies
 * the change at the resource's home. The response waits for that job (docs/limits.md, "Pause").
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

/** Engines need well under a second. After this timeout the request fails and the outbox continues. */
const CARRY_OUT_TIMEOUT_MS = 15_000;
/** A resource rarely has more concurrent changes than this. */
const OVERTAKEN_MAX = 3;

type Asked = { ctx: RequestContext; input: { token: string } };

/** @throws ApiError `not_found`, `upgrade_required`, `already_paused`, `provider_failed` when the engine has not applied it yet */
export async function pauseResource({ ctx, input }: Asked) {
  return change({ ctx, input }, true);
}

/** Allowed in every tier, so that it works after a downgrade. @throws ApiError `not_found`, `not_paused`, `provider_failed` */
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
    // The decision is committed, so a failure is only logged. The cron finds the job by `limit_generation`.
    await deps.outbox.enqueue([job]).catch((cause: unknown) => ctx.log.warn("pause.left_to_cron", { resourceId: id, cause }));
  }
  const wasPending = await carryOut(ctx, id);
  // A request that repeats an interrupted one completes it and succeeds. It is a conflict only if the state was already applied before.
  if (job === null && !wasPending) await refuseUnlessGone({ ctx, input }, isPaused);
  return describeResource({ ctx, input });
}

/** Runs the limit job in the request, so that the response reports its result. The outbox also runs it; the second run is a no-op. */
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

/** @throws ApiError `not_found` when the resource was dropped in the meantime, otherwise `already_paused` or `not_paused` */
async function refuseUnlessGone(asked: Asked, isPaused: boolean): Promise<never> {
  await openResource(asked);
  throw new ApiError(isPaused ? "already_paused" : "not_paused");
}
