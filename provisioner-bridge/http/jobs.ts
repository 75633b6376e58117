/** Jobs as bodies of requests: verified, run, measured and logged in one way for every subject. */
import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Verified, Verifier } from "../jobs/verify.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Clock } from "../ports/clock.ts";
import { ALL_REFUSALS, type Refusal, refusalOf } from "../refusal.ts";
import { methodNotAllowed, refuse } from "./envelope.ts";
import type { BridgeHttp } from "./request.ts";

const SECOND_MS = 1_000;

export type JobRequest = { id: string; log: Log };
/** One path, and the jobs that are posted to it. */
export type JobRoute<J> = {
  path: string;
  maxBytes: number;
  verify: Verifier<J>;
  run(verified: Verified<J>, request: JobRequest): Promise<object>;
  /** What metrics and logs say of the job. */
  describe(job: J): { kind: string; engine: string; fields: Record<string, unknown> };
};
type JobRouteDeps = { clock: Clock; metrics: Metrics };

export function addJobRoute<J>(app: Hono<BridgeHttp>, deps: JobRouteDeps, route: JobRoute<J>): void {
  const limit = bodyLimit({ maxSize: route.maxBytes, onError: (context) => refuse(context, "payload_too_large") });
  app.post(route.path, limit, async (context) => {
    try {
      const verified = await verifyJob(context, route.verify, await context.req.text());
      const outcome = await runJob(deps, route, verified, { id: context.var.requestId, log: context.var.log });
      return context.json(outcome, 200, { "Cache-Control": "no-store" });
    } catch (error) {
      return refuse(context, refusalOf(error).code);
    }
  });
  app.all(route.path, (context) => methodNotAllowed(context, "POST"));
}

/** @throws Refusal, which is logged */
export async function verifyJob<J>(context: Context<BridgeHttp>, verify: Verifier<J>, jws: string): Promise<Verified<J>> {
  return verify(jws.trim()).catch((error: unknown) => {
    const refusal = refusalOf(error);
    logRefusal(context.var.log, refusal, "a job was not accepted");
    throw refusal;
  });
}

async function runJob<J>({ clock, metrics }: JobRouteDeps, route: JobRoute<J>, verified: Verified<J>, request: JobRequest) {
  const { kind, engine, fields } = route.describe(verified.job);
  const log = request.log.child({ job: verified.jti, kind, ...fields });
  const begun = clock.elapsedMs();
  const done = (outcome: string) => metrics.jobDone({ kind, engine, outcome }, (clock.elapsedMs() - begun) / SECOND_MS);
  try {
    const outcome = await route.run(verified, { id: request.id, log });
    done("ok");
    log.info({ ms: Math.round(clock.elapsedMs() - begun) }, "job done");
    return outcome;
  } catch (error) {
    const refusal = refusalOf(error);
    done(refusal.code);
    logRefusal(log, refusal, "job refused");
    throw refusal;
  }
}

/** A mistake of the caller is a warning; a failure of the bridge or a server is an error. */
export function logRefusal(log: Log, err: Refusal, message: string): void {
  if (ALL_REFUSALS[err.code].status >= 500) log.error({ err, refusal: err.code }, message);
  else log.warn({ err, refusal: err.code }, message);
}
