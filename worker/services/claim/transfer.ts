/** Carries out a confirmed claim: one transaction moves the resources, then the Durable Objects and the engines are notified. */
import pTimeout from "p-timeout";
import { teamScope } from "../../../contract/admission.ts";
import type { Secret } from "../../../contract/kinds/kind.ts";
import { tenantLimits } from "../../../contract/limits.ts";
import { plans } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { type MovedResource, transferByLink } from "../../platform-db/claim-transfer.ts";
import type { ClaimAbout } from "../../platform-db/mails.ts";
import type { NewSession } from "../../platform-db/sign-in.ts";
import { changeableSecret } from "../grants/changeable.ts";
import { finishRotation } from "../grants/rotation.ts";
import { countForTeam } from "../lifecycle/count.ts";
import { fingerprintInScope, requireFree } from "./subject.ts";

/** After this timeout, the cron or a request for the credentials completes the rotation. */
const ROTATION_TIMEOUT_MS = 10_000;

export type ClaimLink = { tokenHash: string; email: string; about: ClaimAbout };

/**
 * The result of a claim. `along`: it also attached resources that must still be confirmed. `rotation` of the claimed resource's secret:
 * `none`: not requested or not possible; `done`: the old password no longer works; `rekeyed`: storage has new keys, and the old keys work
 * until they expire; `pending`: the old password may still work.
 */
export type Claimed = { along: boolean; rotation: "none" | "done" | "rekeyed" | "pending" };

/** @throws ApiError `link_used`, `already_claimed`, `resource_gone` or `lookup_failed` */
export async function transferClaim(
  ctx: RequestContext,
  link: ClaimLink,
  session: NewSession,
): Promise<{ userId: string; claimed: Claimed }> {
  const { deps } = ctx;
  const { resource_id: resourceId, fingerprint, team_name } = link.about;
  const secret = link.about.rotate ? await changeableSecret(deps, resourceId).catch(lookupFailed) : null;
  await deps.fault("worker.claim.before_transfer", resourceId);
  const outcome = await transferByLink(deps.database, {
    tokenHash: link.tokenHash,
    resourceId,
    fingerprint: fingerprintInScope(ctx, fingerprint),
    rotate: secret !== null,
    newUserId: deps.ids.uuid(),
    newTeam: { id: deps.ids.uuid(), name: team_name ?? defaultTeamName(link.email), tier: plans.claim_tier },
    session,
  }).catch(lookupFailed);
  if (outcome.outcome === "refused") {
    if (outcome.because === "resource") await requireFree(ctx, { resourceId });
    // A concurrent request used the link first.
    throw new ApiError("link_used");
  }
  await deps.fault("worker.claim.after_transfer", resourceId);
  const { userId, teamId, moved } = outcome;
  const [rotation] = await Promise.all([rotated(ctx, teamId, moved, secret), tell(ctx, teamId, moved)]);
  return { userId, claimed: { along: moved.some(({ is_subject }) => !is_subject), rotation } };
}

/**
 * Runs after the claim is committed. The cron completes steps that fail here: `limit_generation` marks the limit job, which notifies both
 * objects again, and `rotate_generation` marks the rotation.
 */
async function tell(ctx: RequestContext, teamId: string, moved: readonly MovedResource[]): Promise<void> {
  const { deps } = ctx;
  const heard = await Promise.allSettled([
    deps.outbox.enqueue(moved.map(limitJobOf)),
    ...moved.flatMap(({ id, old_scope }) => (old_scope === null ? [] : [deps.admission.of(old_scope).detach(id)])),
    // Provisional resources count once confirmed: another caller's resources must not use up the team's quota.
    ...moved.filter(({ is_subject }) => is_subject).map(({ id, kind }) => countForTeam(deps, teamId, { resourceId: id, kind })),
  ]);
  for (const outcome of heard) if (outcome.status === "rejected") ctx.log.warn("claim.left_to_cron", { cause: outcome.reason });
}

/** Waits for the engine, so that the page can report that the old password no longer works. */
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
