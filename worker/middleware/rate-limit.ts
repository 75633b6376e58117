/**
 * Requests per minute of one caller, an address or a team, counted in its Durable Object. A create is counted by its own admission call; one that is
 * refused before that (bad name, bad body) is counted here, so that refusals count, too.
 */
import type { MiddlewareHandler } from "hono";
import type { RequestContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import type { AppEnv } from "../http.ts";
import { callerOf } from "../services/caller.ts";

export function rateLimit(): MiddlewareHandler<AppEnv> {
  return async function rateLimit(c, next) {
    const rule = c.var.matched.endpoint?.rate ?? "counted";
    if (rule === "counted") await countRequest(c.var.ctx);
    await next();
    if (rule === "admission" && c.error && c.var.ctx.allowances.rate === null) await countRequest(c.var.ctx);
  };
}

/** @throws ApiError `rate_limited` */
export async function countRequest(ctx: RequestContext): Promise<void> {
  const { scope, ratePerMinute: limit } = callerOf(ctx);
  if (limit === null) return;
  const counted = await ctx.deps.admission
    .of(scope)
    .count(limit)
    .catch((cause: unknown) => {
      // An unavailable limiter must not stop the API. Creates are stricter: they fail without admission.
      ctx.log.warn("rate_limit.unavailable", { cause });
      return null;
    });
  if (!counted) return;
  const { allowed, ...allowance } = counted;
  ctx.allowances.rate = allowance;
  if (!allowed) throw new ApiError("rate_limited", { retryAfterSeconds: allowance.resetsInSeconds });
}
