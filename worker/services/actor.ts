/** The actor of a request in the forms that verbs need: account, session, and audit actor. */
import type { Account, Actor, RequestContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import type { AuditActor } from "../platform-db/audit.ts";

/** @returns null for an anonymous caller and for the holder of one resource */
export function accountOf({ actor }: Pick<RequestContext, "actor">): Account | null {
  return actor.kind === "key" || actor.kind === "session" ? actor.account : null;
}

/** The access rule in worker/access.ts already refuses other actors. @throws ApiError `unauthorized` without an account */
export function requireAccount(ctx: RequestContext): Account {
  const account = accountOf(ctx);
  if (account === null) throw new ApiError("unauthorized", { errorCode: "missing_credentials" });
  return account;
}

/** @throws ApiError `session_required` unless the actor is a signed-in user */
export function requireSession({ actor }: RequestContext): Actor & { kind: "session" } {
  if (actor.kind !== "session") throw new ApiError("session_required");
  return actor;
}

/** The actor of this request, as the audit log stores it. */
export function auditActorOf({ actor, requestId }: Pick<RequestContext, "actor" | "requestId">): AuditActor {
  switch (actor.kind) {
    case "session":
      return { kind: "session", userId: actor.account.userId, keyId: null, requestId };
    case "key":
      return { kind: "key", userId: actor.account.userId, keyId: actor.keyId, requestId };
    case "holder":
      return { kind: "holder", userId: null, keyId: null, requestId };
    case "anonymous":
      return { kind: "system", userId: null, keyId: null, requestId };
  }
}
