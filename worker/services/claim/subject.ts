/** The resource that a claim token names, and whether it can be claimed. */
import type { RequestContext } from "../../context.ts";
import type { Claimable } from "../../crypto/tokens.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { findClaimSubject, type Subject } from "../../platform-db/claims.ts";

/** @throws ApiError `invalid_token`, also for a resource token, because every `receive_url` contains one */
export async function readClaimToken(ctx: RequestContext, token: string): Promise<Claimable> {
  return ctx.deps.tokens.verifyClaimable(token).catch((cause: unknown) => {
    throw new ApiError("invalid_token", { cause });
  });
}

export async function subjectOf(ctx: RequestContext, claim: Claimable): Promise<Subject> {
  return claim.kind === "upgrade" ? { tokenHash: await ctx.deps.hasher.tokenHash(claim.resourceToken) } : { resourceId: claim.resourceId };
}

/** The fingerprint whose other resources the claim also attaches. Null when `CLAIM_SCOPE` limits a claim to its own resource. */
export function fingerprintInScope({ deps }: RequestContext, fingerprint: string): string | null {
  return deps.config.claimScope === "fingerprint" ? fingerprint : null;
}

/** @returns the resource's id @throws ApiError `already_claimed`, `resource_gone` or `lookup_failed` */
export async function requireFree(ctx: RequestContext, subject: Subject): Promise<string> {
  const found = await findClaimSubject(ctx.deps.database, subject, new Date(ctx.deps.clock.now())).catch(lookupFailed);
  if (found === null || found.state === "gone") throw new ApiError("resource_gone");
  if (found.state === "claimed") throw new ApiError("already_claimed");
  return found.id;
}
