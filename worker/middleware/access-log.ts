/** Logs one line per request: pattern, status and time, but no path, query, header or body. */
import type { MiddlewareHandler } from "hono";
import { ApiError } from "../errors.ts";
import type { AppEnv } from "../http.ts";
import type { Clock } from "../ports/clock.ts";

export function accessLog(clock: Clock): MiddlewareHandler<AppEnv> {
  return async function accessLog(c, next) {
    const startedAt = clock.now();
    await next();
    c.var.log.info("request", {
      method: c.req.method,
      route: c.var.matched.pattern,
      status: c.res.status,
      durationMs: clock.now() - startedAt,
      ...(c.error ? { code: c.error instanceof ApiError ? c.error.code : "internal_error" } : {}),
    });
  };
}
