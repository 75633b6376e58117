/**
 * Finds the endpoint before other middleware runs, with the framework's own matcher. Logs can name the pattern, middleware can read the
 * endpoint's rules, and a wrong method is distinct from an unknown path.
 */
import type { MiddlewareHandler } from "hono";
import { TrieRouter } from "hono/router/trie-router";
import { ApiError } from "../errors.ts";
import type { AppContext, AppEnv, Endpoint, Matched } from "../http.ts";

export function routing(endpoints: readonly Endpoint[]): MiddlewareHandler<AppEnv> {
  const router = new TrieRouter<Endpoint>();
  for (const endpoint of endpoints) router.add("ALL", endpoint.route.getRoutingPath(), endpoint);
  return async function routing(c, next) {
    const found = router.match("ALL", c.req.path)[0].map(([endpoint]) => endpoint);
    c.set("matched", matchedBy(c.req.method, found));
    await next();
  };
}

function matchedBy(method: string, found: Endpoint[]): Matched {
  // The framework answers HEAD with what GET answers, without the body (RFC 9110, 9.3.2).
  const wanted = method === "HEAD" ? "get" : method.toLowerCase();
  const endpoint = found.find(({ route, takesAnyMethod }) => takesAnyMethod || route.method === wanted) ?? null;
  const methods = new Set(found.flatMap(({ route }) => (route.method === "get" ? ["GET", "HEAD"] : [route.method.toUpperCase()])));
  if (methods.size > 0) methods.add("OPTIONS");
  return {
    endpoint,
    pattern: endpoint ? `${methodOf(endpoint)} ${endpoint.route.path}` : "unmatched",
    allow: [...methods].join(", "),
  };
}

function methodOf({ route, takesAnyMethod }: Endpoint): string {
  return takesAnyMethod ? "ANY" : route.method.toUpperCase();
}

/** Handles requests without an endpoint: an unknown path, a wrong method, or OPTIONS. */
export function unmatched(c: AppContext): Response {
  const { allow } = c.var.matched;
  if (allow === "") throw new ApiError("not_found");
  // No CORS header: pages of other origins may not call the API.
  if (c.req.method === "OPTIONS") return c.body(null, 204, { Allow: allow });
  throw new ApiError("method_not_allowed", { allow });
}
