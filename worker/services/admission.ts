/** Admission: the one call that decides whether something may be made, and the error code of a refusal. The same for all that is admitted. */
import type { Admission, AdmitRequest, Allowance, Failure, SealedAnswer } from "../../contract/admission.ts";
import type { RequestContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import type { Caller } from "./caller.ts";

/** A request to make something. */
export type Asking = {
  ctx: RequestContext;
  caller: Caller;
  /** Route pattern, e.g. "POST /db/new". An Idempotency-Key is valid for one route. */
  route: string;
  /** Already validated for this actor; null without the header. */
  idempotencyKey: string | null;
  /** Equal requests have equal forms. */
  canonicalBody: string;
  kind: AdmitRequest["kind"];
  live: AdmitRequest["live"];
  /** The refusal for a live cap. */
  overCap: (passed: { cap: number; ofKind: boolean }) => ApiError;
};

export type Admitted = { outcome: "proceed"; resourceId: string; attempt: number };
/** `bodyText`: the stored answer, byte for byte. */
export type Replayed = { outcome: "replay"; bodyText: string };

/** @throws ApiError when it is refused, or `admission_unavailable` when the caller's object does not answer */
export async function admit(asking: Asking): Promise<Admitted | Replayed> {
  const { ctx } = asking;
  const admission = await ask(asking);
  ctx.allowances.rate = admission.rate;
  ctx.allowances.daily = admission.daily;
  switch (admission.outcome) {
    case "proceed":
      return { outcome: "proceed", resourceId: admission.resourceId, attempt: admission.attempt };
    case "replay":
      return {
        outcome: "replay",
        bodyText: await ctx.deps.sealer.open(admission.answer.sealedBody, answerBinding(asking.caller.scope, asking.route)),
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
      throw asking.overCap(admission);
    case "daily_cap":
      throw new ApiError("provision_limit_reached", {
        detail: String(admission.daily?.limit ?? ""),
        ...waitFor(admission.daily),
        claimUrl: `${ctx.deps.config.publicUrl}/start`,
      });
  }
}

type Answered = Pick<Asking, "ctx" | "caller" | "route" | "idempotencyKey">;

/** Binds a stored answer to its caller and route: no other caller or route can decrypt it. */
export function answerBinding(scope: string, route: string): string {
  return `answer:${scope}:${route}`;
}

/** Encrypts the answer for the caller's object, which stores it for replays. @returns null without an Idempotency-Key */
async function sealAnswer(answered: Answered, status: number, bodyText: string): Promise<SealedAnswer | null> {
  if (!answered.idempotencyKey) return null;
  return { status, sealedBody: await answered.ctx.deps.sealer.seal(bodyText, answerBinding(answered.caller.scope, answered.route)) };
}

/** Notifies the caller's object. If it is unreachable, the intent's alarm finds the row, and a retry with the key resumes the resource. */
export async function finish(answered: Answered, resourceId: string, answer: { status: number; bodyText: string }): Promise<void> {
  const { ctx, caller } = answered;
  try {
    await ctx.deps.admission.of(caller.scope).finish(resourceId, await sealAnswer(answered, answer.status, answer.bodyText));
    await ctx.deps.fault("worker.create.after_finish", resourceId);
  } catch (cause) {
    ctx.log.warn("admission.finish_unheard", { resourceId, cause });
  }
}

/** Reports the failure to the caller's object. If it is unreachable, the intent's alarm abandons the create later. */
export async function giveUp(
  { ctx, caller }: Pick<Asking, "ctx" | "caller">,
  { resourceId, attempt }: Admitted,
  failure: Failure,
): Promise<void> {
  try {
    await ctx.deps.admission.of(caller.scope).fail(resourceId, attempt, failure, ctx.deps.config.lease.resumeMs);
  } catch (cause) {
    ctx.log.warn("admission.fail_unheard", { resourceId, cause });
  }
}

function waitFor(allowance: Allowance | null): { retryAfterSeconds?: number } {
  return allowance ? { retryAfterSeconds: allowance.resetsInSeconds } : {};
}

async function ask({ ctx, caller, route, kind, live, idempotencyKey: key, canonicalBody }: Asking): Promise<Admission> {
  const { hasher, ids, admission, config } = ctx.deps;
  const idempotency = key && {
    keyHash: await hasher.keyHash(caller.scope, route, key),
    bodyHash: await hasher.bodyHash(canonicalBody),
  };
  try {
    return await admission.of(caller.scope).admit({
      route,
      kind,
      resourceId: ids.uuid(),
      ratePerMinute: caller.ratePerMinute,
      dailyCap: caller.dailyCap,
      live,
      lease: config.lease,
      idempotency: idempotency || null,
    });
  } catch (cause) {
    ctx.log.error("admission.unavailable", { cause });
    // The limits are exact, so a create that cannot be counted is refused.
    throw new ApiError("admission_unavailable", { cause });
  }
}
