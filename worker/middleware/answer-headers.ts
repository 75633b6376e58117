/** The headers of every answer, errors included. */
import type { MiddlewareHandler } from "hono";
import type { Config } from "../env.ts";
import type { AppEnv } from "../http.ts";
import { rateLimitHeaders } from "./rate-limit-headers.ts";

const SECURITY_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "SAMEORIGIN",
  "Referrer-Policy": "strict-origin-when-cross-origin",
  "Permissions-Policy": "geolocation=(), microphone=(), camera=(), payment=()",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** Two years, as preload lists require. Only in production, where TLS is permanent. */
const STRICT_TRANSPORT_SECURITY = "max-age=63072000; includeSubDomains";

/** Forbids scripts and loads for all answers but pages, which set a policy of their own. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'self'";

export function answerHeaders({ environment }: Pick<Config, "environment">): MiddlewareHandler<AppEnv> {
  const always = {
    ...SECURITY_HEADERS,
    ...(environment === "production" ? { "Strict-Transport-Security": STRICT_TRANSPORT_SECURITY } : {}),
  };
  // Answers contain credentials or current state, so caches must not store them unless an endpoint allows it.
  const unlessSet = { "Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": "no-store" };
  return async function answerHeaders(c, next) {
    await next();
    const { headers } = c.res;
    headers.set("X-Request-ID", c.var.requestId);
    for (const [name, value] of Object.entries(always)) headers.set(name, value);
    for (const [name, value] of Object.entries(unlessSet)) if (!headers.has(name)) headers.set(name, value);
    // A cacheable answer reaches other callers, so it must not show this caller's allowance.
    if (/\bpublic\b/.test(headers.get("Cache-Control") ?? "")) return;
    for (const [name, value] of rateLimitHeaders(c.get("ctx")?.allowances)) headers.set(name, value);
  };
}
