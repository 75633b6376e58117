/** Gives every request an id, a logger with that id, and a log line at its end. */
import type { MiddlewareHandler } from "hono";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";

const REQUEST_ID_HEADER = "X-Request-ID";
/** What a caller's own id may look like: it is echoed and logged. */
const REQUEST_ID_PATTERN = /^[A-Za-z0-9._:-]{1,128}$/;

export type BridgeVariables = { requestId: string; log: Log };
export type BridgeHttp = { Variables: BridgeVariables };

/** Takes over the caller's request id, or makes one, and echoes it. */
export function requestContext(deps: { clock: Clock; random: Random; log: Log }): MiddlewareHandler<BridgeHttp> {
  return async function requestContext(context, next) {
    const given = context.req.header(REQUEST_ID_HEADER);
    const requestId = given !== undefined && REQUEST_ID_PATTERN.test(given) ? given : deps.random.uuid();
    const log = deps.log.child({ request_id: requestId });
    context.set("requestId", requestId);
    context.set("log", log);
    const begun = deps.clock.elapsedMs();
    await next();
    context.header(REQUEST_ID_HEADER, requestId);
    const line = {
      method: context.req.method,
      path: context.req.path,
      status: context.res.status,
      ms: Math.round(deps.clock.elapsedMs() - begun),
    };
    // Probes come every few seconds: successful ones are logged at debug level only.
    if (context.req.method === "GET" && context.res.ok) log.debug(line, "request");
    else log.info(line, "request");
  };
}
