/** What a claim would attach, without any side effect. Source: PRODUCT "upgrade_jwt": `sub` in full, of the others only kind and age. */
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { type ClaimableResource, findClaimable, OTHERS_LISTED_MAX, type Subject } from "../../platform-db/claims.ts";

export async function previewClaim({ ctx, input }: { ctx: RequestContext; input: { token: string } }) {
  const { tokens, hasher, database, clock } = ctx.deps;
  const claim = await tokens.verifyClaimable(input.token).catch((cause: unknown) => {
    throw new ApiError("invalid_token", { cause });
  });
  const subject: Subject =
    claim.kind === "upgrade" ? { tokenHash: await hasher.tokenHash(claim.resourceToken) } : { resourceId: claim.resourceId };
  const now = clock.now();
  const rows = await findClaimable(database, subject, claim.fingerprint, new Date(now)).catch((cause: unknown) => {
    throw new ApiError("lookup_failed", { cause });
  });
  const items = rows.slice(0, OTHERS_LISTED_MAX).map((row) => (row.is_subject ? subjectItem(row, now) : otherItem(row, now)));
  return {
    ok: true as const,
    token_valid: true,
    already_claimed: false,
    items,
    /** The older name of `items`. */
    resources: items,
    more: rows.length > OTHERS_LISTED_MAX,
    expires_at: claim.expiresAt.toISOString(),
  };
}

/** Of a neighbour behind the same address a caller learns no more than this. */
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
