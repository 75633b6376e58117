/**
 * A create of any kind: admit it, open a tenant at the kind's home, insert the row, answer.
 * Guarantee: after a 201 the credentials work; after a failure the daily slot is returned and no tenant remains. docs/orphans.md lists the
 * order of the steps and the outcomes of each.
 */
import { tenantLimits } from "../../../contract/limits.ts";
import { plans, type Tier, UNLIMITED } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { homeOf, ownRulesOf } from "../../kinds.ts";
import { BridgeError } from "../../ports/bridge.ts";
import { type Admitted, finish, giveUp } from "../admission.ts";
import { callerOf } from "../caller.ts";
import { admitCreate } from "./admit.ts";
import { draftAnswer } from "./answer.ts";
import { checkCeilings } from "./ceilings.ts";
import type { CreateInput, CreateResult, Creating } from "./input.ts";
import { insertRow } from "./row.ts";

const HOUR_MS = 3_600_000;
const CREATED = 201;

/** @throws ApiError with any code of the create route */
export async function createResource({ ctx, input }: { ctx: RequestContext; input: CreateInput }): Promise<CreateResult> {
  if (ownRulesOf(input.kind).isOffered?.(ctx.deps) === false) throw new ApiError("service_disabled");
  const creating: Creating = { ctx, input, caller: callerOf(ctx) };
  const ceilings = ctx.timed("ceilings", checkCeilings(creating));
  // `allowed` awaits the ceilings. A refusal or replay by admission does not wait for them.
  ceilings.catch(() => undefined);
  const admitted = await ctx.timed("admission", admitCreate(creating));
  if (admitted.outcome === "replay") return admitted.result;

  const progress = { jobSent: false, hasFailed: false };
  try {
    await ctx.deps.fault("worker.create.after_admit", admitted.resourceId);
    const allowed = ceilings.then(() => {
      // Another step has failed, and the caller's object was told that no job was sent. So no job may be sent now.
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
 * Carries out an admitted create. A create is complete once its row is written, so the insert is the last step that can fail. The caller's
 * object is notified after the response has started.
 * @param allowed no tenant is created before it resolves, and none if it rejects @throws BridgeError, DatabaseError or ApiError
 */
async function make(creating: Creating, { resourceId }: Admitted, allowed: Promise<void>): Promise<CreateResult> {
  const { ctx, caller } = creating;
  const { deps } = ctx;
  const createdAt = new Date(deps.clock.now());
  const expiresAt = expiryOf(caller.tier, createdAt);
  const token = await deps.hasher.resourceTokenFor(resourceId);
  // The answer's JWTs are signed while the tenant is created.
  const [{ credentials, cold }, answer] = await Promise.all([
    openTenant(creating, resourceId, expiresAt, allowed),
    draftAnswer(creating, { resourceId, token }),
  ]);
  await deps.fault("worker.create.after_job", resourceId);
  const kept = await insertRow(creating, { resourceId, token, credentials, createdAt, expiresAt });
  await deps.fault("worker.create.after_insert", resourceId);

  const { body, upgrade } = answer({ credentials, cold, expiresAt: kept.expiresAt });
  const bodyText = JSON.stringify(body);
  const { route, idempotencyKey } = creating.input;
  ctx.later(() => finish({ ctx, caller, route, idempotencyKey }, resourceId, { status: CREATED, bodyText }));
  return { bodyText, id: resourceId, upgrade, replayed: false };
}

async function openTenant({ ctx, input, caller: { tier } }: Creating, resourceId: string, expiresAt: Date | null, allowed: Promise<void>) {
  const { deps, requestId } = ctx;
  const opening = { resourceId, tier, limits: tenantLimits(input.kind, tier), expiresAt, response: input.response };
  const [open] = await Promise.all([homeOf(input.kind).open({ deps, requestId }, opening), allowed]);
  return ctx.timed("tenant", open());
}

function expiryOf(tier: Tier, createdAt: Date): Date | null {
  const { lifetime_hours } = plans.tiers[tier];
  return lifetime_hours === UNLIMITED ? null : new Date(createdAt.getTime() + lifetime_hours * HOUR_MS);
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
