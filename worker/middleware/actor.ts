/**
 * Authenticates the request and applies the endpoint's rule (worker/access.ts). Without a credential the actor is anonymous. A bad
 * credential is refused and never treated as anonymous: its sender expects to act for an account.
 */
import type { MiddlewareHandler } from "hono";
import { ACCESS, type Access, type Asker, verdict } from "../access.ts";
import type { Actor } from "../context.ts";
import { ApiError } from "../errors.ts";
import type { AppContext, AppEnv } from "../http.ts";
import { authenticate } from "../services/auth/authenticate.ts";
import { readCredential } from "./credential.ts";
import { countRequest } from "./rate-limit.ts";
import { isWrite, requireOwnOrigin } from "./same-origin.ts";

export function actor(): MiddlewareHandler<AppEnv> {
  return async function actor(c, next) {
    const { ctx, matched } = c.var;
    const access = matched.endpoint?.access ?? "open";
    try {
      const asking = await authenticated(c, access);
      requireAllowed(access, asking);
      ctx.actor = asking;
    } catch (refusal) {
      // The actor is still anonymous: a refusal counts against the address, so guessing credentials is rate limited.
      if (matched.endpoint?.rate !== "exempt") await countRequest(ctx);
      throw refusal;
    }
    if (ctx.actor.kind === "session" && ctx.actor.via === "cookie" && isWrite(c.req.method)) requireOwnOrigin(c);
    await next();
  };
}

/** @throws ApiError `unauthorized` for a bad credential (a page treats it as none), or `lookup_failed` */
async function authenticated(c: AppContext, access: Access): Promise<Actor> {
  const { reads } = ACCESS[access];
  if (reads === "never") return { kind: "anonymous" };
  try {
    const credential = readCredential(c.req.raw.headers);
    return credential === null ? { kind: "anonymous" } : await authenticate(c.var.ctx.deps, credential);
  } catch (cause) {
    if (reads === "session" && cause instanceof ApiError && cause.code === "unauthorized") return { kind: "anonymous" };
    throw cause;
  }
}

/** @throws ApiError `unauthorized`, `insufficient_scope`, `session_required` or `forbidden` */
function requireAllowed(access: Access, asking: Actor): void {
  const { key, role } = ACCESS[access];
  switch (verdict(access, askerOf(asking))) {
    case "yes":
    case "ignored":
      return;
    case "401 missing_credentials":
      throw new ApiError("unauthorized", { errorCode: "missing_credentials" });
    case "401 invalid_claims":
      throw new ApiError("unauthorized", { errorCode: "invalid_claims" });
    case "403 insufficient_scope":
      throw new ApiError("insufficient_scope", { detail: key ?? undefined });
    case "403 session_required":
      throw new ApiError("session_required");
    case "403 forbidden":
      throw new ApiError("forbidden", { detail: role });
  }
}

function askerOf(asking: Actor): Asker {
  switch (asking.kind) {
    case "anonymous":
    case "holder":
      return { kind: asking.kind };
    case "key":
      return { kind: "key", scopes: asking.scopes, role: asking.account.role };
    case "session":
      return { kind: "session", role: asking.account.role };
  }
}
