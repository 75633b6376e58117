/** Signing in and out. */
import type { RequestContext } from "../../context.ts";
import { lookupFailed } from "../../errors.ts";
import { revokeSession } from "../../platform-db/sign-in.ts";
import { requestMail } from "../mail/request.ts";

/** Sends a link to the address; that it has no account, only its owner learns. @throws ApiError `rate_limited`, `lookup_failed` */
export async function startSignIn({
  ctx,
  input,
}: {
  ctx: RequestContext;
  input: { email: string; returnTo: string | null };
}): Promise<void> {
  await requestMail(ctx, {
    kind: "sign_in",
    email: input.email,
    returnTo: input.returnTo,
    resourceId: null,
    fingerprint: null,
    teamName: null,
    rotate: false,
  });
}

/** Ends the session at once, everywhere. Whoever has none is signed out already. @throws ApiError `lookup_failed` */
export async function signOut({ ctx }: { ctx: RequestContext }): Promise<void> {
  const { actor, deps, requestId } = ctx;
  if (actor.kind !== "session") return;
  await revokeSession(deps.database, actor.jti, { now: new Date(deps.clock.now()), requestId }).catch(lookupFailed);
}
