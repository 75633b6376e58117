/** Gives every request an id: the caller's own if it is well-formed, else a new UUID. Returned in `X-Request-ID`. */
import type { MiddlewareHandler } from "hono";
import type { Deps } from "../deps.ts";
import type { AppEnv } from "../http.ts";

const PLAIN_ID = /^[A-Za-z0-9._-]{1,128}$/;

export function requestId({ ids, log }: Pick<Deps, "ids" | "log">): MiddlewareHandler<AppEnv> {
  return async function requestId(c, next) {
    const sent = c.req.header("x-request-id");
    const id = sent !== undefined && PLAIN_ID.test(sent) ? sent : ids.uuid();
    c.set("requestId", id);
    c.set("log", log.with({ requestId: id }));
    await next();
  };
}
