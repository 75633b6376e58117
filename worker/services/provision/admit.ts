/** Admission: the one call that decides whether a create may proceed, and the error code of a refusal. */
import { z } from "zod";
import type { Admission, Allowance, SealedAnswer } from "../../../contract/admission.ts";
import { ApiError } from "../../errors.ts";
import { liveCapsOf } from "../caller.ts";
import type { CreateResult, Creating } from "./input.ts";

export type Admitted = { outcome: "proceed"; resourceId: string; attempt: number };
type Replayed = { outcome: "replay"; result: CreateResult };

/** @throws ApiError when the create is refused, or `admission_unavailable` when the caller's object does not answer */
export async function admitCreate(creating: Creating): Promise<Admitted | Replayed> {
  const { ctx, input } = creating;
  const admission = await ask(creating);
  ctx.allowances.rate = admission.rate;
  ctx.allowances.daily = admission.daily;
  switch (admission.outcome) {
    case "proceed":
      return { outcome: "proceed", resourceId: admission.resourceId, attempt: admission.attempt };
    case "replay":
      return { outcome: "replay", result: await openAnswer(creating, admission.answer) };
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

/** Binds a stored answer to its caller and route: no other caller or route can decrypt it. */
export function answerBinding(scope: string, route: string): string {
  return `answer:${scope}:${route}`;
}

/** Encrypts the answer for the caller's object, which stores it for replays. @returns null without an Idempotency-Key */
export async function sealAnswer({ ctx, input, caller }: Creating, bodyText: string): Promise<SealedAnswer | null> {
  if (!input.idempotencyKey) return null;
  return { status: 201, sealedBody: await ctx.deps.sealer.seal(bodyText, answerBinding(caller.scope, input.route)) };
}

const storedSchema = z.object({ id: z.string(), upgrade: z.string().optional() });

async function openAnswer({ ctx, input, caller }: Creating, { sealedBody }: SealedAnswer): Promise<CreateResult> {
  const bodyText = await ctx.deps.sealer.open(sealedBody, answerBinding(caller.scope, input.route));
  const { id, upgrade = null } = storedSchema.parse(JSON.parse(bodyText));
  return { bodyText, id, upgrade, replayed: true };
}

function waitFor(allowance: Allowance | null): { retryAfterSeconds?: number } {
  return allowance ? { retryAfterSeconds: allowance.resetsInSeconds } : {};
}

async function ask({ ctx, input, caller }: Creating): Promise<Admission> {
  const { hasher, ids, admission } = ctx.deps;
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
    // The limits are exact, so a create that cannot be counted is refused.
    throw new ApiError("admission_unavailable", { cause });
  }
}
