/**
 * Identifies the client. The platform writes `CF-Connecting-IP` and overwrites a value a caller sends. Callers can forge
 * `X-Forwarded-For`, so it is not read.
 */
import type { MiddlewareHandler } from "hono";
import { wrapTime } from "hono/timing";
import { z } from "zod";
import { clientAddress } from "../client/fingerprint.ts";
import { identify } from "../client/identify.ts";
import type { RequestContext } from "../context.ts";
import type { Deps } from "../deps.ts";
import type { Config } from "../env.ts";
import type { AppContext, AppEnv } from "../http.ts";

/** Cloudflare's addition to a request; absent on one machine. */
const platformRequest = z.object({ cf: z.object({ asn: z.number().int() }) });

export function client(deps: Deps): MiddlewareHandler<AppEnv> {
  const { config, hasher, ids } = deps;
  return async function client(c, next) {
    const address = clientAddress(c.req.raw.headers.get("cf-connecting-ip"), config.localCaller);
    const asn = platformRequest.safeParse(c.req.raw).data?.cf.asn ?? null;
    c.set("ctx", {
      requestId: c.var.requestId,
      client: await identify({ address, asn, hasher, ids }),
      actor: { kind: "anonymous" },
      allowances: { rate: null, daily: null },
      log: c.var.log,
      timed: timedOf(c, config),
      later: laterOf(c),
      deps,
    });
    await next();
  };
}

function timedOf(c: AppContext, { environment }: Pick<Config, "environment">): RequestContext["timed"] {
  return environment === "development" ? (step, work) => wrapTime(c, step, work) : (_step, work) => work;
}

/**
 * Defers the work by one turn: the runtime has one thread, and work that starts at once would delay the answer. Outside a Worker (a test
 * that calls the app) there is no `waitUntil`; the work runs without it.
 */
function laterOf(c: AppContext): RequestContext["later"] {
  try {
    const execution = c.executionCtx;
    return (work) => execution.waitUntil(nextTurn().then(work));
  } catch {
    return (work) => void work();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
