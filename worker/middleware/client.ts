/**
 * Says who asks. `CF-Connecting-IP` is written by the platform and overwritten there when a caller sends it;
 * `X-Forwarded-For` is anybody's text and is never read.
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

/** What Cloudflare adds to a request; absent on one machine. */
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
 * The answer is one thread's work, and so is what comes after it: begun at once, it would go first. Outside a Worker (a test that
 * calls the app) there is nobody to wait; the work is done all the same.
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
