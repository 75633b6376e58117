/** Magic links. A link can be previewed any number of times and used once. */
import { SESSION_LIFETIME_SECONDS } from "../../../contract/accounts.ts";
import type { Secret } from "../../../contract/kinds/kind.ts";
import type { RequestContext } from "../../context.ts";
import { sha256 } from "../../crypto/hash.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { findLink } from "../../platform-db/links.ts";
import type { ClaimAbout, MailAbout } from "../../platform-db/mails.ts";
import { type NewSession, signInByLink } from "../../platform-db/sign-in.ts";
import { previewResources } from "../claim/preview.ts";
import { fingerprintInScope, requireFree } from "../claim/subject.ts";
import { type Claimed, transferClaim } from "../claim/transfer.ts";
import { changeableSecret } from "../grants/changeable.ts";

/** A link has 43 characters. Longer ones are refused without a database query. */
const LINK_MAX_CHARACTERS = 64;

type LinkAbout = ClaimAbout | Extract<MailAbout, { kind: "sign_in" }>;

export type OpenedLink =
  | { kind: "sign_in"; email: string }
  | { kind: "claim"; email: string; changed: Secret; items: Awaited<ReturnType<typeof previewResources>>["items"] };

/** The purpose of the link. Read-only. @throws ApiError `link_unknown`, `link_used`, `link_expired`, `already_claimed`, `resource_gone` */
export async function openLink({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<OpenedLink> {
  const link = await requireLive(ctx, input.token);
  const { email, about } = link;
  if (about.kind === "sign_in") return { kind: "sign_in", email };
  const { resource_id: resourceId, fingerprint, rotate } = about;
  await requireFree(ctx, { resourceId });
  const { items } = await previewResources(ctx, { resourceId }, fingerprintInScope(ctx, fingerprint));
  const changed = rotate ? await changeableSecret(ctx.deps, resourceId).catch(lookupFailed) : null;
  return { kind: "claim", email, changed, items };
}

/** `claimed`: null for a sign-in link. */
export type UsedLink = { sessionJwt: string; returnTo: string; claimed: Claimed | null };

/** Consumes the link and opens a session. Of two concurrent uses one succeeds. @throws ApiError as `openLink` */
export async function useLink({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<UsedLink> {
  const { deps, requestId } = ctx;
  const { email, about } = await requireLive(ctx, input.token);
  const now = new Date(deps.clock.now());
  const session: NewSession = {
    jti: deps.ids.uuid(),
    now,
    expiresAt: new Date(now.getTime() + SESSION_LIFETIME_SECONDS * 1000),
    requestId,
  };
  const tokenHash = await sha256(input.token);
  const { userId, claimed } =
    about.kind === "sign_in" ? await signIn(ctx, tokenHash, session) : await transferClaim(ctx, { tokenHash, email, about }, session);
  const returnTo = (about.kind === "sign_in" ? about.return_to : null) ?? "/dashboard";
  return { sessionJwt: await deps.tokens.issueSession({ userId, jti: session.jti }), returnTo, claimed };
}

async function signIn(ctx: RequestContext, tokenHash: string, session: NewSession): Promise<{ userId: string; claimed: null }> {
  const signedIn = await signInByLink(ctx.deps.database, tokenHash, session).catch(lookupFailed);
  if (signedIn === null) throw new ApiError("link_used");
  return { userId: signedIn.user_id, claimed: null };
}

/** @throws ApiError `link_unknown`, `link_used`, `link_expired` or `lookup_failed` */
async function requireLive({ deps }: RequestContext, token: string): Promise<{ email: string; about: LinkAbout }> {
  if (token.length > LINK_MAX_CHARACTERS) throw new ApiError("link_unknown");
  const link = await findLink(deps.database, await sha256(token), new Date(deps.clock.now())).catch(lookupFailed);
  // Reminder mails contain no magic link.
  if (link === null || link.about.kind === "claim_reminder") throw new ApiError("link_unknown");
  if (link.state === "used") throw new ApiError("link_used");
  if (link.state !== "live") throw new ApiError("link_expired");
  return { email: link.email, about: link.about };
}
