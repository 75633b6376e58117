/** Read-only preview of a claim: all fields of the token's own resource, and only kind and age of the others. */
import type { RequestContext } from "../../context.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { type ClaimableResource, findClaimable, findClaimSubject, OTHERS_LISTED_MAX, type Subject } from "../../platform-db/claims.ts";
import { changeableSecret } from "../grants/changeable.ts";
import { fingerprintInScope, readClaimToken, subjectOf } from "./subject.ts";

export async function previewClaim({ ctx, input }: { ctx: RequestContext; input: { token: string } }) {
  const claim = await readClaimToken(ctx, input.token);
  const subject = await subjectOf(ctx, claim);
  const now = new Date(ctx.deps.clock.now());
  const state = (await findClaimSubject(ctx.deps.database, subject, now).catch(lookupFailed))?.state ?? "gone";
  const isFree = state === "free";
  // A token that can no longer claim reveals nothing about other resources of the same address.
  const { items, more } = isFree
    ? await previewResources(ctx, subject, fingerprintInScope(ctx, claim.fingerprint))
    : { items: [], more: false };
  return {
    ok: true as const,
    token_valid: isFree,
    already_claimed: state === "claimed",
    items,
    /** The older name of `items`. */
    resources: items,
    more,
    expires_at: claim.expiresAt.toISOString(),
  };
}

/** The contents of the claim page. @throws ApiError `invalid_token`, `already_claimed`, `resource_gone` or `lookup_failed` */
export async function openClaim({ ctx, input }: { ctx: RequestContext; input: { token: string } }) {
  const { items, already_claimed } = await previewClaim({ ctx, input });
  if (already_claimed) throw new ApiError("already_claimed");
  const own = items.find(({ subject }) => subject);
  if (own === undefined || !own.subject) throw new ApiError("resource_gone");
  return { items, changeable: await changeableSecret(ctx.deps, own.id).catch(lookupFailed) };
}

/** @throws ApiError `lookup_failed` */
export async function previewResources(ctx: RequestContext, subject: Subject, fingerprint: string | null) {
  const now = ctx.deps.clock.now();
  const rows = await findClaimable(ctx.deps.database, subject, fingerprint, new Date(now)).catch(lookupFailed);
  const items = rows.slice(0, OTHERS_LISTED_MAX).map((row) => (row.is_subject ? subjectItem(row, now) : otherItem(row, now)));
  return { items, more: rows.length > OTHERS_LISTED_MAX };
}

/** The only fields of another resource of the same address that a caller sees. */
function otherItem(row: ClaimableResource, nowMs: number) {
  return {
    subject: false as const,
    resource_type: row.kind,
    age_seconds: Math.max(0, Math.floor((nowMs - row.created_at.getTime()) / 1000)),
  };
}

function subjectItem(row: ClaimableResource, nowMs: number) {
  return {
    ...otherItem(row, nowMs),
    subject: true as const,
    id: row.id,
    name: row.name,
    env: row.env,
    tier: row.tier,
    created_at: row.created_at.toISOString(),
    ...(row.expires_at ? { expires_at: row.expires_at.toISOString() } : {}),
  };
}
