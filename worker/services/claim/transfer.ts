/** A confirmed claim: everything moves in one statement, and then everybody who must know of it hears of it. */
import pTimeout from "p-timeout";
import { teamScope } from "../../../contract/admission.ts";
import type { Secret } from "../../../contract/kinds/kind.ts";
import { tenantLimits } from "../../../contract/limits.ts";
import { plans } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { type MovedResource, transferByLink } from "../../platform-db/claim-transfer.ts";
import type { NewSession } from "../../platform-db/sign-in.ts";
import { changeableSecret } from "../grants/changeable.ts";
import { finishRotation } from "../grants/rotation.ts";
import { countForTeam } from "../lifecycle/count.ts";
import { fingerprintInScope, requireFree } from "./subject.ts";

/** Longer the cron, or whoever asks for the credentials, ends it. */
const ROTATION_TIMEOUT_MS = 10_000;

export type ClaimLink = {
  tokenHash: string;
  resourceId: string;
  fingerprint: string;
  email: string;
  teamName: string | null;
  rotate: boolean;
};

/**
 * What a claim did. `along`: others came with it, to be confirmed. `rotation` of its own resource's password: `none` was wanted or is
 * possible; `done`: the old one is dead; `rekeyed`: of storage, whose old keys may work until they expire; `pending`: the old one may still
 * open something.
 */
export type Claimed = { along: boolean; rotation: "none" | "done" | "rekeyed" | "pending" };

/** @throws ApiError `link_used`, `already_claimed`, `resource_gone` or `lookup_failed` */
export async function transferClaim(
  ctx: RequestContext,
  link: ClaimLink,
  session: NewSession,
): Promise<{ userId: string; claimed: Claimed }> {
  const { deps } = ctx;
  const secret = link.rotate ? await changeableSecret(deps, link.resourceId).catch(lookupFailed) : null;
  await deps.fault("worker.claim.before_transfer", link.resourceId);
  const outcome = await transferByLink(deps.database, {
    tokenHash: link.tokenHash,
    resourceId: link.resourceId,
    fingerprint: fingerprintInScope(ctx, link.fingerprint),
    rotate: secret !== null,
    newUserId: deps.ids.uuid(),
    newTeam: { id: deps.ids.uuid(), name: link.teamName ?? defaultTeamName(link.email), tier: plans.claim_tier },
    session,
  }).catch(lookupFailed);
  if (outcome.outcome === "refused") {
    if (outcome.because === "resource") await requireFree(ctx, { resourceId: link.resourceId });
    // Used up by another press of the same button, in this very moment.
    throw new ApiError("link_used");
  }
  await deps.fault("worker.claim.after_transfer", link.resourceId);
  const { userId, teamId, moved } = outcome;
  const [rotation] = await Promise.all([rotated(ctx, teamId, moved, secret), tell(ctx, teamId, moved)]);
  return { userId, claimed: { along: moved.some(({ is_subject }) => !is_subject), rotation } };
}

/**
 * The claim stands. What cannot be handed on now, the cron finds: by `limit_generation`, whose job tells both objects once more, and by
 * `rotate_generation`.
 */
async function tell(ctx: RequestContext, teamId: string, moved: readonly MovedResource[]): Promise<void> {
  const { deps } = ctx;
  const heard = await Promise.allSettled([
    deps.outbox.enqueue(moved.map(limitJobOf)),
    ...moved.flatMap(({ id, old_scope }) => (old_scope === null ? [] : [deps.admission.of(old_scope).detach(id)])),
    // What came along counts once it is confirmed: a neighbour's things must not use up the team's room.
    ...moved.filter(({ is_subject }) => is_subject).map(({ id, kind }) => countForTeam(deps, teamId, { resourceId: id, kind })),
  ]);
  for (const outcome of heard) if (outcome.status === "rejected") ctx.log.warn("claim.left_to_cron", { cause: outcome.reason });
}

/** Before the page says that it is done the old password is dead, if the engine answers in time. */
async function rotated(ctx: RequestContext, teamId: string, moved: readonly MovedResource[], secret: Secret): Promise<Claimed["rotation"]> {
  const [wanted] = moved.flatMap(({ rotate_generation: generation, ...one }) => (generation === null ? [] : [{ ...one, generation }]));
  if (wanted === undefined) return "none";
  const { id, kind, generation, next_rotation: rotation } = wanted;
  const begun = { id, kind, admission_scope: teamScope(teamId), generation, rotation };
  return pTimeout(finishRotation(ctx.deps, begun, ctx.requestId), { milliseconds: ROTATION_TIMEOUT_MS }).then(
    (credentials) => (credentials === null ? "pending" : secret === "expiring_keys" ? "rekeyed" : "done"),
    (cause: unknown) => {
      ctx.log.warn("claim.left_to_cron", { cause });
      return "pending";
    },
  );
}

function limitJobOf({ id, kind, generation, tier, access }: MovedResource) {
  return { verb: "limit" as const, resourceId: id, kind, generation, limits: tenantLimits(kind, tier), access };
}

/** "ada@example.com" → "ada's team". */
function defaultTeamName(email: string): string {
  return `${email.slice(0, email.indexOf("@"))}'s team`;
}
