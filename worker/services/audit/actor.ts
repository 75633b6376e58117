/** Who is behind this request, as the audit log keeps it. */
import type { RequestContext } from "../../context.ts";
import type { AuditActor } from "../../platform-db/audit.ts";

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
