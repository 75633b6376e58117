/** The types the HTTP surface shares: what middleware leaves for those behind it, and what an endpoint is. */
import type { RouteConfig, RouteHandler } from "@hono/zod-openapi";
import type { Context, Handler } from "hono";
import type { Access } from "./access.ts";
import type { RequestContext } from "./context.ts";
import type { Logger } from "./ports/log.ts";

export type AppEnv = {
  Variables: {
    requestId: string;
    log: Logger;
    /** Which endpoint the path and method name, known before any of them runs. */
    matched: Matched;
    /** Complete once the client is known; handlers always have it. */
    ctx: RequestContext;
  };
};
export type Matched = {
  /** Null for an unknown path and for a wrong method. */
  endpoint: Endpoint | null;
  /** "POST /db/new", or "unmatched". */
  pattern: string;
  /** The methods this path takes, as in `Allow`; empty for an unknown path. */
  allow: string;
};

export type AppContext = Context<AppEnv>;

export type Endpoint = {
  route: RouteConfig & { getRoutingPath(): string };
  /** Who may call it: a rule of worker/access.ts. */
  access: Access;
  /** `admission`: the create's own admission call counts it. `exempt`: never counted. */
  rate: "counted" | "admission" | "exempt";
  /** Takes every method the runtime passes on; the route's own is the one its documentation shows. */
  takesAnyMethod?: boolean;
  handler: Handler<AppEnv>;
  /** `page`: for a person at a browser, who gets refusals as pages as well. */
  answers?: "page";
  /** Left out of production altogether. */
  developmentOnly?: true;
};

/**
 * Declares one endpoint. The compiler checks the handler's answer against the route's `responses`; the request is parsed by our
 * own parsers and not by the library's validators, because each refusal has a code of its own (contract/errors.ts).
 */
export function endpoint<R extends RouteConfig & { getRoutingPath(): string }>(
  route: R,
  rules: Pick<Endpoint, "access" | "rate" | "answers" | "developmentOnly" | "takesAnyMethod">,
  handler: (c: AppContext) => ReturnType<RouteHandler<R, AppEnv>>,
): Endpoint {
  return { route, ...rules, handler };
}
