/**
 * Suspends a resource without deleting it, and takes it up again with the same URL and password. The row decides; the limit job brings
 * it to where the resource lives, and the answer waits until it is so there. Source: live-api 1.4, rows 32 and 33.
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

/** An engine does it well under a second; after this the outbox goes on alone. */
const CARRY_OUT_TIMEOUT_MS = 15_000;
/** Other changes of one resource in a few seconds are few. */
const OVERTAKEN_MAX = 3;

type Asked = { ctx: RequestContext; input: { token: string } };

/** @throws ApiError `not_found`, `upgrade_required`, `already_paused`, `provider_failed` when the engine has not followed yet */
export async function pauseResource({ ctx, input }: Asked) {
  return change({ ctx, input }, true);
}

/** For every tier: whoever could pause a thing gets it back. @throws ApiError `not_found`, `not_paused`, `provider_failed` */
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
    // Decided is decided: what cannot be handed on now, the cron finds by `limit_generation`.
    await deps.outbox.enqueue([job]).catch((cause: unknown) => ctx.log.warn("pause.left_to_cron", { resourceId: id, cause }));
  }
  const wasPending = await carryOut(ctx, id);
  // A try that was cut off is taken up by the next one; only what was so before is a conflict.
  if (job === null && !wasPending) await refuseUnlessGone({ ctx, input }, isPaused);
  return describeResource({ ctx, input });
}

/** Does what the outbox will do anyway, so that the answer tells how it ended; whoever is second finds it done. */
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

/** @throws ApiError `not_found` when it went away meanwhile, else the conflict */
async function refuseUnlessGone(asked: Asked, isPaused: boolean): Promise<never> {
  await openResource(asked);
  throw new ApiError(isPaused ? "already_paused" : "not_paused");
}
