/**
 * One create of any kind, from top to bottom: admit, open a tenant at the kind's home, insert the row, answer.
 * Promise: an answer means the credentials work; a failure means the slot is returned and nothing remains. The order and every outcome
 * of a step: docs/orphans.md.
 */
import type { Failure } from "../../../contract/admission.ts";
import { tenantLimits } from "../../../contract/limits.ts";
import { plans, type Tier, UNLIMITED } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { SERVED_KINDS } from "../../kinds.ts";
import { BridgeError } from "../../ports/bridge.ts";
import { callerOf } from "../caller.ts";
import { type Admitted, admitCreate, sealAnswer } from "./admit.ts";
import { draftAnswer } from "./answer.ts";
import { checkCeilings } from "./ceilings.ts";
import type { CreateInput, CreateResult, Creating } from "./input.ts";
import { insertRow } from "./row.ts";

const HOUR_MS = 3_600_000;

/** @throws ApiError with any code of the create route */
export async function createResource({ ctx, input }: { ctx: RequestContext; input: CreateInput }): Promise<CreateResult> {
  if (SERVED_KINDS[input.kind].isOffered?.(ctx.deps) === false) throw new ApiError("service_disabled");
  const creating: Creating = { ctx, input, caller: callerOf(ctx) };
  const ceilings = ctx.timed("ceilings", checkCeilings(creating));
  // Awaited in `allowed`; a refusal or a replay before that does not wait for them.
  ceilings.catch(() => undefined);
  const admitted = await ctx.timed("admission", admitCreate(creating));
  if (admitted.outcome === "replay") return admitted.result;

  const progress = { jobSent: false, hasFailed: false };
  try {
    await ctx.deps.fault("worker.create.after_admit", admitted.resourceId);
    const allowed = ceilings.then(() => {
      // Another step has failed meanwhile, and the caller's object is told that no job was sent: then none may be.
      if (progress.hasFailed) throw new Error("the create was given up");
      progress.jobSent = true;
    });
    return await make(creating, admitted, allowed);
  } catch (cause) {
    progress.hasFailed = true;
    const error = asApiError(cause);
    await giveUp(creating, admitted, { error: error.code, jobSent: progress.jobSent });
    throw error;
  }
}

/**
 * From an admitted create to its answer. A create counts once its row is written, so that is the last step that can fail. The caller's
 * object is told of the end after the answer has begun to go out.
 * @param allowed nothing is made before it resolves, and nothing when it rejects @throws BridgeError, DatabaseError or ApiError
 */
async function make(creating: Creating, { resourceId }: Admitted, allowed: Promise<void>): Promise<CreateResult> {
  const { ctx, caller } = creating;
  const { deps } = ctx;
  const createdAt = new Date(deps.clock.now());
  const expiresAt = expiryOf(caller.tier, createdAt);
  const token = await deps.hasher.resourceTokenFor(resourceId);
  // The answer's JWTs are signed while the tenant is made.
  const [{ credentials, cold }, answer] = await Promise.all([
    openTenant(creating, resourceId, expiresAt, allowed),
    draftAnswer(creating, { resourceId, token }),
  ]);
  await deps.fault("worker.create.after_job", resourceId);
  const kept = await insertRow(creating, { resourceId, token, credentials, createdAt, expiresAt });
  await deps.fault("worker.create.after_insert", resourceId);

  const { body, upgrade } = answer({ credentials, cold, expiresAt: kept.expiresAt });
  const bodyText = JSON.stringify(body);
  ctx.later(() => finish(creating, resourceId, bodyText));
  return { bodyText, id: resourceId, upgrade, replayed: false };
}

async function openTenant({ ctx, input, caller: { tier } }: Creating, resourceId: string, expiresAt: Date | null, allowed: Promise<void>) {
  const { deps, requestId } = ctx;
  const opening = { resourceId, tier, limits: tenantLimits(input.kind, tier), expiresAt, response: input.response };
  const [open] = await Promise.all([SERVED_KINDS[input.kind].home.open({ deps, requestId }, opening), allowed]);
  return ctx.timed("tenant", open());
}

function expiryOf(tier: Tier, createdAt: Date): Date | null {
  const { lifetime_hours } = plans.tiers[tier];
  return lifetime_hours === UNLIMITED ? null : new Date(createdAt.getTime() + lifetime_hours * HOUR_MS);
}

/** Tells the object; if it is out of reach, the intent's alarm finds the row, and a retry with the key resumes the resource. */
async function finish(creating: Creating, resourceId: string, bodyText: string): Promise<void> {
  const { ctx, caller } = creating;
  try {
    await ctx.deps.admission.of(caller.scope).finish(resourceId, await sealAnswer(creating, bodyText));
    await ctx.deps.fault("worker.create.after_finish", resourceId);
  } catch (cause) {
    ctx.log.warn("admission.finish_unheard", { resourceId, cause });
  }
}

/** Tells the object; if it is out of reach, the intent's alarm does the same later. */
async function giveUp({ ctx, caller }: Creating, { resourceId, attempt }: Admitted, failure: Failure): Promise<void> {
  try {
    await ctx.deps.admission.of(caller.scope).fail(resourceId, attempt, failure, ctx.deps.config.lease.resumeMs);
  } catch (cause) {
    ctx.log.warn("admission.fail_unheard", { resourceId, cause });
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
