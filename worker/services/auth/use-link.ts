/** Magic links: what one would do (a page shows it, however often), and doing it (once). */
import { SESSION_LIFETIME_SECONDS } from "../../../contract/accounts.ts";
import type { Secret } from "../../../contract/kinds/kind.ts";
import type { RequestContext } from "../../context.ts";
import { sha256 } from "../../crypto/hash.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { findLink, type Link } from "../../platform-db/links.ts";
import { type NewSession, signInByLink } from "../../platform-db/sign-in.ts";
import { previewResources } from "../claim/preview.ts";
import { fingerprintInScope, requireFree } from "../claim/subject.ts";
import { type Claimed, transferClaim } from "../claim/transfer.ts";
import { changeableSecret } from "../grants/changeable.ts";

/** A link of ours is 43 characters; anything longer is not worth a look-up. */
const LINK_MAX_CHARACTERS = 64;

export type OpenedLink =
  | { kind: "sign_in"; email: string }
  | { kind: "claim"; email: string; changed: Secret; items: Awaited<ReturnType<typeof previewResources>>["items"] };

/** What the link is for. Changes nothing. @throws ApiError `link_unknown`, `link_used`, `link_expired`, `already_claimed`, `resource_gone` */
export async function openLink({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<OpenedLink> {
  const link = await requireLive(ctx, input.token);
  if (link.kind === "sign_in") return { kind: "sign_in", email: link.email };
  const { resourceId, fingerprint } = claimOf(link);
  await requireFree(ctx, { resourceId });
  const { items } = await previewResources(ctx, { resourceId }, fingerprintInScope(ctx, fingerprint));
  const changed = link.rotate ? await changeableSecret(ctx.deps, resourceId).catch(lookupFailed) : null;
  return { kind: "claim", email: link.email, changed, items };
}

/** `claimed`: null when the link was to sign in. */
export type UsedLink = { sessionJwt: string; returnTo: string; claimed: Claimed | null };

/** Uses the link up and opens a session. Of two at the same moment one succeeds. @throws ApiError as `openLink` */
export async function useLink({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<UsedLink> {
  const { deps, requestId } = ctx;
  const link = await requireLive(ctx, input.token);
  const now = new Date(deps.clock.now());
  const session: NewSession = {
    jti: deps.ids.uuid(),
    now,
    expiresAt: new Date(now.getTime() + SESSION_LIFETIME_SECONDS * 1000),
    requestId,
  };
  const tokenHash = await sha256(input.token);
  const { userId, claimed } = link.kind === "sign_in" ? await signIn(ctx, tokenHash, session) : await claim(ctx, link, tokenHash, session);
  return { sessionJwt: await deps.tokens.issueSession({ userId, jti: session.jti }), returnTo: link.return_to ?? "/dashboard", claimed };
}

async function signIn(ctx: RequestContext, tokenHash: string, session: NewSession): Promise<{ userId: string; claimed: null }> {
  const signedIn = await signInByLink(ctx.deps.database, tokenHash, session).catch(lookupFailed);
  if (signedIn === null) throw new ApiError("link_used");
  return { userId: signedIn.user_id, claimed: null };
}

async function claim(
  ctx: RequestContext,
  link: Link,
  tokenHash: string,
  session: NewSession,
): Promise<{ userId: string; claimed: Claimed }> {
  return transferClaim(ctx, { tokenHash, email: link.email, teamName: link.team_name, rotate: link.rotate, ...claimOf(link) }, session);
}

/** @throws ApiError `link_unknown`, `link_used`, `link_expired` or `lookup_failed` */
async function requireLive({ deps }: RequestContext, token: string): Promise<Link> {
  if (token.length > LINK_MAX_CHARACTERS) throw new ApiError("link_unknown");
  const link = await findLink(deps.database, await sha256(token), new Date(deps.clock.now())).catch(lookupFailed);
  if (link === null) throw new ApiError("link_unknown");
  if (link.state === "used") throw new ApiError("link_used");
  if (link.state !== "live") throw new ApiError("link_expired");
  return link;
}

/** A claim's mail names its resource: the ledger's own constraint. */
function claimOf({ resource_id, fingerprint }: Link): { resourceId: string; fingerprint: string } {
  if (resource_id === null || fingerprint === null) throw new ApiError("link_unknown");
  return { resourceId: resource_id, fingerprint };
}
