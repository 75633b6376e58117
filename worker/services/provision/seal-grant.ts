/** The secrets of a resource as they may be stored: found by HMAC, shown from ciphertext bound to their row and column. */
import type { Grant } from "../../../contract/jobs.ts";
import type { RequestContext } from "../../context.ts";

export async function sealGrant({
  ctx,
  resourceId,
  token,
  grant,
}: {
  ctx: RequestContext;
  resourceId: string;
  token: string;
  grant: Grant;
}) {
  const { hasher, sealer } = ctx.deps;
  const [tokenHash, tokenSealed, connectionUrlSealed, internalUrlSealed] = await Promise.all([
    hasher.tokenHash(token),
    sealer.seal(token, `resources.token:${resourceId}`),
    sealer.seal(grant.connection_url, `resources.connection_url:${resourceId}`),
    sealer.seal(grant.internal_url, `resources.internal_url:${resourceId}`),
  ]);
  return { tokenHash, tokenSealed, connectionUrlSealed, internalUrlSealed };
}
