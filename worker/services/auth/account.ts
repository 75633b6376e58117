/** The account behind a request. The endpoint's rule (worker/access.ts) has let nobody else through. */
import type { Account, Actor, RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { accountOf } from "../caller.ts";

/** @throws ApiError `unauthorized` where an endpoint's rule would let an actor through who has none */
export function requireAccount(ctx: RequestContext): Account {
  const account = accountOf(ctx);
  if (account === null) throw new ApiError("unauthorized", { errorCode: "missing_credentials" });
  return account;
}

/** @throws ApiError `session_required` for anybody but a signed-in person */
export function requireSession({ actor }: RequestContext): Actor & { kind: "session" } {
  if (actor.kind !== "session") throw new ApiError("session_required");
  return actor;
}
