/**
 * Authenticates the caller and checks the endpoint's access rule (worker/access.ts). Without a credential the caller is anonymous. An
 * invalid credential is refused rather than ignored, because its sender expects to act for an account.
 */
import type { MiddlewareHandler } from "hono";
import { ACCESS, type Access, hasScope } from "../access.ts";
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
      ctx.actor = access === "page" ? await visitor(c) : await actorFor(c, access);
    } catch (refusal) {
      // Counted against the address, to limit guessing.
      if (matched.endpoint?.rate !== "exempt") await countRequest(ctx);
      throw refusal;
    }
    if (ctx.actor.kind === "session" && ctx.actor.via === "cookie" && isWrite(c.req.method)) requireOwnOrigin(c);
    await next();
  };
}

/** @throws ApiError `unauthorized`, `insufficient_scope`, `session_required` or `lookup_failed` */
async function actorFor(c: AppContext, access: Access): Promise<Actor> {
  const rule: (typeof ACCESS)[Access] = ACCESS[access];
  if (!rule.looks) return { kind: "anonymous" };
  const credential = readCredential(c.req.raw.headers);
  if (credential === null) {
    if (rule.anonymous) return { kind: "anonymous" };
    throw new ApiError("unauthorized", { errorCode: "missing_credentials" });
  }
  const actor = await authenticate(c.var.ctx.deps, credential);
  if (actor.kind === "holder" && !rule.holder) throw new ApiError("unauthorized", { errorCode: "invalid_claims" });
  if (actor.kind === "key") {
    if (rule.key === null) throw new ApiError("session_required");
    if (!hasScope(actor.scopes, rule.key)) throw new ApiError("insufficient_scope", { detail: rule.key });
  }
  return actor;
}

/** Pages are public. An ended session counts as none. */
async function visitor(c: AppContext): Promise<Actor> {
  try {
    const credential = readCredential(c.req.raw.headers);
    return credential === null ? { kind: "anonymous" } : await authenticate(c.var.ctx.deps, credential);
  } catch (cause) {
    if (cause instanceof ApiError && cause.code === "unauthorized") return { kind: "anonymous" };
    throw cause;
  }
}
