/**
 * One create, whatever the kind: admit, have the bridge make it, keep the row, finish, answer.
 * Promise: an answer means the credentials work; a failure means the slot is back and nothing stays behind. The order and
 * every outcome of a step: docs/orphans.md.
 */
import type { Failure } from "../../../contract/admission.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { BridgeError } from "../../ports/bridge.ts";
import { callerOf } from "../caller.ts";
import { type Admitted, admitCreate } from "./admit.ts";
import { checkCeilings } from "./ceilings.ts";
import type { CreateInput, CreateResult } from "./input.ts";
import { makeResource } from "./make.ts";

/** @throws ApiError with any code of the create route */
export async function createResource({ ctx, input }: { ctx: RequestContext; input: CreateInput }): Promise<CreateResult> {
  const ceilings = ctx.timed("ceilings", checkCeilings({ ctx, input }));
  // Looked at below; what is refused or replayed before does not wait for them.
  ceilings.catch(() => undefined);
  const admitted = await ctx.timed("admission", admitCreate({ ctx, input }));
  if (admitted.outcome === "replay") return { bodyText: admitted.bodyText, replayed: true };

  const progress = { jobSent: false, hasFailed: false };
  try {
    await ctx.deps.fault("worker.create.after_admit", admitted.resourceId);
    const allowed = ceilings.then(() => {
      // What else can fail has failed meanwhile, and the caller's object is told that no job was sent: then none may be.
      if (progress.hasFailed) throw new Error("the create was given up");
      progress.jobSent = true;
    });
    const bodyText = await makeResource({ ctx, input, admitted, allowed });
    return { bodyText, replayed: false };
  } catch (cause) {
    progress.hasFailed = true;
    const error = asApiError(cause);
    await giveUp({ ctx, admitted, failure: { error: error.code, jobSent: progress.jobSent } });
    throw error;
  }
}

/** Tells the object; if it is out of reach, the intent's alarm does the same later. */
async function giveUp({ ctx, admitted, failure }: { ctx: RequestContext; admitted: Admitted; failure: Failure }): Promise<void> {
  try {
    await ctx.deps.admission.of(callerOf(ctx).scope).fail(admitted.resourceId, admitted.attempt, failure, ctx.deps.config.lease.resumeMs);
  } catch (cause) {
    ctx.log.warn("admission.fail_unheard", { resourceId: admitted.resourceId, cause });
  }
}

function asApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  if (cause instanceof BridgeError) {
    if (cause.code === "capacity") return new ApiError("capacity", { cause });
    if (cause.code === "unknown_engine") return new ApiError("service_disabled", { cause });
    return new ApiError(cause.code === "unreachable" ? "provisioner_unavailable" : "provision_failed", { cause });
  }
  return new ApiError("provision_failed", { cause });
}
