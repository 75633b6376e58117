/** Signing in and out. */
import type { RequestContext } from "../../context.ts";
import { lookupFailed } from "../../errors.ts";
import { revokeSession } from "../../platform-db/sign-in.ts";
import { requestMail } from "../mail/request.ts";

/** Sends a link. Only the mail reveals whether the address has an account. @throws ApiError `rate_limited`, `lookup_failed` */
export async function startSignIn({
  ctx,
  input,
}: {
  ctx: RequestContext;
  input: { email: string; returnTo: string | null };
}): Promise<void> {
  await requestMail(ctx, { email: input.email, about: { kind: "sign_in", return_to: input.returnTo } });
}

/** Ends the session immediately. No-op without a session. @throws ApiError `lookup_failed` */
export async function signOut({ ctx }: { ctx: RequestContext }): Promise<void> {
  const { actor, deps, requestId } = ctx;
  if (actor.kind !== "session") return;
  await revokeSession(deps.database, actor.jti, { now: new Date(deps.clock.now()), requestId }).catch(lookupFailed);
}
