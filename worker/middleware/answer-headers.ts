/** Headers of every answer, errors included. Source: live-api 2.6. */
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

/** Two years, as preload lists ask for; only where the name is served over TLS for good. */
const STRICT_TRANSPORT_SECURITY = "max-age=63072000; includeSubDomains";

/** An answer that is not a page runs nothing and loads nothing. Pages bring a policy of their own. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'self'";

export function answerHeaders({ environment }: Pick<Config, "environment">): MiddlewareHandler<AppEnv> {
  const always = {
    ...SECURITY_HEADERS,
    ...(environment === "production" ? { "Strict-Transport-Security": STRICT_TRANSPORT_SECURITY } : {}),
  };
  // Answers hold credentials or the moment's state: nothing between us and the caller keeps them unless an endpoint says so.
  const unlessSet = { "Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": "no-store" };
  return async function answerHeaders(c, next) {
    await next();
    const { headers } = c.res;
    headers.set("X-Request-ID", c.var.requestId);
    for (const [name, value] of Object.entries(always)) headers.set(name, value);
    for (const [name, value] of Object.entries(unlessSet)) if (!headers.has(name)) headers.set(name, value);
    // A cache hands it to others: what this caller has left is none of theirs.
    if (/\bpublic\b/.test(headers.get("Cache-Control") ?? "")) return;
    for (const [name, value] of rateLimitHeaders(c.get("ctx")?.allowances)) headers.set(name, value);
  };
}
