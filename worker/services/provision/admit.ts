/** Admission: the one call that decides whether a create may go on, and what a refusal is called. */
import type { Admission, Allowance } from "../../../contract/admission.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { callerOf, liveCapsOf } from "../caller.ts";
import type { CreateInput } from "./input.ts";

export type Admitted = { outcome: "proceed"; resourceId: string; attempt: number };
type Replayed = { outcome: "replay"; bodyText: string };

/** What a stored answer is bound to: it opens for this caller and route only. */
export function answerBinding(scope: string, route: string): string {
  return `answer:${scope}:${route}`;
}

/** @throws ApiError when the create is refused, or `admission_unavailable` when nobody could be asked */
export async function admitCreate({ ctx, input }: { ctx: RequestContext; input: CreateInput }): Promise<Admitted | Replayed> {
  const admission = await ask({ ctx, input });
  ctx.allowances.rate = admission.rate;
  ctx.allowances.daily = admission.daily;
  switch (admission.outcome) {
    case "proceed":
      return { outcome: "proceed", resourceId: admission.resourceId, attempt: admission.attempt };
    case "replay":
      return {
        outcome: "replay",
        bodyText: await ctx.deps.sealer.open(admission.answer.sealedBody, answerBinding(callerOf(ctx).scope, input.route)),
      };
    case "failed":
      throw new ApiError(admission.error);
    case "key_conflict":
      throw new ApiError("idempotency_key_conflict");
    case "key_in_progress":
      throw new ApiError("idempotency_key_in_progress");
    case "rate_limited":
      throw new ApiError("rate_limited", waitFor(admission.rate));
    case "live_cap":
      throw new ApiError("quota_exceeded", { cap: admission.cap, detail: admission.ofKind ? input.kind : undefined });
    case "daily_cap":
      throw new ApiError("provision_limit_reached", {
        detail: String(admission.daily?.limit ?? ""),
        ...waitFor(admission.daily),
        claimUrl: `${ctx.deps.config.publicUrl}/start`,
      });
  }
}

function waitFor(allowance: Allowance | null): { retryAfterSeconds?: number } {
  return allowance ? { retryAfterSeconds: allowance.resetsInSeconds } : {};
}

async function ask({ ctx, input }: { ctx: RequestContext; input: CreateInput }): Promise<Admission> {
  const { hasher, ids, admission } = ctx.deps;
  const caller = callerOf(ctx);
  const key = input.idempotencyKey;
  const idempotency = key && {
    keyHash: await hasher.keyHash(caller.scope, input.route, key),
    bodyHash: await hasher.bodyHash(input.canonicalBody),
  };
  try {
    return await admission.of(caller.scope).admit({
      route: input.route,
      kind: input.kind,
      resourceId: ids.uuid(),
      ratePerMinute: caller.ratePerMinute,
      dailyCap: caller.dailyCap,
      live: liveCapsOf(caller, input.kind),
      lease: ctx.deps.config.lease,
      idempotency: idempotency || null,
    });
  } catch (cause) {
    ctx.log.error("admission.unavailable", { cause });
    // Counting is a promise (PRODUCT 6): without it nothing is made.
    throw new ApiError("admission_unavailable", { cause });
  }
}
