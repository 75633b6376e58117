/** The shared types of routes and middleware: request variables and endpoints. */
import type { RouteConfig } from "@hono/zod-openapi";
import type { Context, Handler } from "hono";
import type { Access } from "./access.ts";
import type { RequestContext } from "./context.ts";
import type { Logger } from "./ports/log.ts";

export type AppEnv = {
  Variables: {
    requestId: string;
    log: Logger;
    /** The endpoint of this path and method, found before any handler runs. */
    matched: Matched;
    /** Set by the `client` middleware; handlers always have it. */
    ctx: RequestContext;
  };
};
export type Matched = {
  /** Null for an unknown path and for a wrong method. */
  endpoint: Endpoint | null;
  /** "POST /db/new", or "unmatched". */
  pattern: string;
  /** The methods of this path, as in `Allow`; empty for an unknown path. */
  allow: string;
};

export type AppContext = Context<AppEnv>;

export type Endpoint = {
  route: RouteConfig & { getRoutingPath(): string };
  /** The access rule, of worker/access.ts. */
  access: Access;
  /** `admission`: the create's own admission call counts it. `exempt`: never counted. */
  rate: "counted" | "admission" | "exempt";
  /** Accepts every method; the document shows the route's own. */
  takesAnyMethod?: boolean;
  handler: Handler<AppEnv>;
  /** `page`: for a person in a browser; its refusals are pages, too. */
  answers?: "page";
  /** Not in production. */
  developmentOnly?: true;
};
