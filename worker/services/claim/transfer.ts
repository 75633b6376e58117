/** A confirmed claim: everything moves in one statement, and then everybody who must know of it hears of it. */
import { teamScope } from "../../../contract/admission.ts";
import { tenantLimits } from "../../../contract/kinds.ts";
import { plans } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import type { Deps } from "../../deps.ts";
import { ApiError } from "../../errors.ts";
import { type MovedResource, transferByLink } from "../../platform-db/claim-transfer.ts";
import type { NewSession } from "../../platform-db/sign-in.ts";
import { fingerprintInScope, requireFree } from "./subject.ts";

export type ClaimLink = { tokenHash: string; resourceId: string; fingerprint: string; email: string; teamName: string | null };

/** @throws ApiError `link_used`, `already_claimed`, `resource_gone` or `lookup_failed` */
export async function transferClaim(ctx: RequestContext, link: ClaimLink, session: NewSession): Promise<{ userId: string; moved: number }> {
  const { deps } = ctx;
  await deps.fault("worker.claim.before_transfer", link.resourceId);
  const outcome = await transferByLink(deps.database, {
    tokenHash: link.tokenHash,
    resourceId: link.resourceId,
    fingerprint: fingerprintInScope(ctx, link.fingerprint),
    newUserId: deps.ids.uuid(),
    newTeam: { id: deps.ids.uuid(), name: link.teamName ?? defaultTeamName(link.email), tier: plans.claim_tier },
    session,
  }).catch((cause: unknown) => {
    throw new ApiError("lookup_failed", { cause });
  });
  if (outcome.outcome === "refused") {
    if (outcome.because === "resource") await requireFree(ctx, { resourceId: link.resourceId });
    // Used up by another press of the same button, in this very moment.
    throw new ApiError("link_used");
  }
  await deps.fault("worker.claim.after_transfer", link.resourceId);
  await tell(ctx, outcome.teamId, outcome.moved);
  return { userId: outcome.userId, moved: outcome.moved.length };
}

/** The claim stands. What cannot be handed on now, the cron finds by `limit_generation`: the limit job tells both objects once more. */
async function tell(ctx: RequestContext, teamId: string, moved: readonly MovedResource[]): Promise<void> {
  const { deps } = ctx;
  const heard = await Promise.allSettled([
    deps.outbox.enqueue(moved.map(limitJobOf)),
    ...moved.flatMap(({ id, old_scope }) => (old_scope === null ? [] : [deps.admission.of(old_scope).detach(id)])),
    countForTeam(deps, teamId, moved),
  ]);
  for (const outcome of heard) if (outcome.status === "rejected") ctx.log.warn("claim.left_to_cron", { cause: outcome.reason });
}

function limitJobOf({ id, kind, generation, tier, access }: MovedResource) {
  return { verb: "limit" as const, resourceId: id, kind, generation, limits: tenantLimits(kind, tier), access };
}

async function countForTeam(deps: Deps, teamId: string, moved: readonly MovedResource[]): Promise<void> {
  // What came along counts once it is confirmed: a neighbour's things must not use up the team's room.
  const own = moved.filter(({ is_subject }) => is_subject);
  await deps.admission.of(teamScope(teamId)).attach(own.map(({ id, kind }) => ({ resourceId: id, kind })));
}

/** "ada@example.com" → "ada's team". */
function defaultTeamName(email: string): string {
  return `${email.slice(0, email.indexOf("@"))}'s team`;
}
