/** Declares endpoints: a route definition, its access rule, and a handler that gets the request as the definition's schemas parse it. */
import type { RouteConfig, RouteHandler } from "@hono/zod-openapi";
import type { AppContext, AppEnv, Endpoint } from "../http.ts";
import { isWrite, requireOwnOrigin } from "../middleware/same-origin.ts";
import { type Input, inputOf } from "./request-input.ts";

/**
 * The compiler checks the handler's answer against the route's `responses`, and what it reads against the route's `request`. The
 * library's own validator is not used: each field has an error code of its own here (field.ts), and JSON is read under several content types.
 */
export function endpoint<R extends RouteConfig & { getRoutingPath(): string }>(
  route: R,
  rules: Pick<Endpoint, "access" | "rate" | "answers" | "developmentOnly" | "takesAnyMethod">,
  handler: (c: AppContext, input: Input<R>) => ReturnType<RouteHandler<R, AppEnv>>,
): Endpoint {
  return {
    route,
    ...rules,
    handler: (c) => {
      // Forms are accepted from this site's own pages only.
      if (rules.answers === "page" && isWrite(c.req.method)) requireOwnOrigin(c);
      return handler(c, inputOf(c, route));
    },
  };
}
