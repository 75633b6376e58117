/**
 * Requests per minute of one caller, counted in its Durable Object. A create is counted by its own admission call; one that is
 * refused before that (bad name, bad body) is counted here, so that refusals are not free.
 */
import type { MiddlewareHandler } from "hono";
import { plans, UNLIMITED } from "../../contract/plans.ts";
import type { RequestContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import type { AppEnv } from "../http.ts";

export function rateLimit(): MiddlewareHandler<AppEnv> {
  return async function rateLimit(c, next) {
    const rule = c.var.matched.endpoint?.rate ?? "counted";
    if (rule === "counted") await count(c.var.ctx);
    await next();
    if (rule === "admission" && c.error && c.var.ctx.allowances.rate === null) await count(c.var.ctx);
  };
}

/** @throws ApiError `rate_limited` */
async function count(ctx: RequestContext): Promise<void> {
  const limit = plans.tiers.anonymous.limits.requests_per_minute;
  if (ctx.client.isLocal || limit === UNLIMITED) return;
  const counted = await ctx.deps.admission
    .of(ctx.client.scope)
    .count(limit)
    .catch((cause: unknown) => {
      // A limiter that is away must not take the API with it; creates have their own, stricter answer to that.
      ctx.log.warn("rate_limit.unavailable", { cause });
      return null;
    });
  if (!counted) return;
  const { allowed, ...allowance } = counted;
  ctx.allowances.rate = allowance;
  if (!allowed) throw new ApiError("rate_limited", { retryAfterSeconds: allowance.resetsInSeconds });
}
