/** Declares endpoints: a route definition, who may ask, and a handler that gets what the definition's schemas made of the request. */
import type { RouteConfig, RouteHandler } from "@hono/zod-openapi";
import type { AppContext, AppEnv, Endpoint } from "../http.ts";
import { isWrite, requireOwnOrigin } from "../middleware/same-origin.ts";
import { type Input, inputOf } from "./request-input.ts";

/**
 * The compiler checks the handler's answer against the route's `responses`, and what it reads against the route's `request`. The
 * library's own validator is not used: each field has an error code of its own here (field.ts), and JSON is read whatever its type.
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
      // A form of ours is posted from our own pages only.
      if (rules.answers === "page" && isWrite(c.req.method)) requireOwnOrigin(c);
      return handler(c, inputOf(c, route));
    },
  };
}
