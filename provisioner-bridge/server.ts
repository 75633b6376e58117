/** All HTTP routes of the bridge. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { JOB_MAX_BYTES, JOBS_PATH } from "../contract/jobs.ts";
import type { Health, Readiness } from "../contract/readiness.ts";
import { methodNotAllowed, notFound, refuse } from "./http/envelope.ts";
import { type BridgeHttp, requestContext } from "./http/request.ts";
import { type Dispatch, resourceOf } from "./jobs/dispatch.ts";
import type { JobVerifier } from "./jobs/verify.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Clock } from "./ports/clock.ts";
import type { Random } from "./ports/random.ts";
import { ALL_REFUSALS, type Refusal, refusalOf } from "./refusal.ts";

export type ServerDeps = {
  verify: JobVerifier;
  dispatch: Dispatch;
  readiness: () => Promise<Readiness>;
  metrics: Metrics;
  health: Health;
  clock: Clock;
  random: Random;
  log: Log;
};

const SECOND_MS = 1_000;

/** Builds the app; it holds no state of its own. */
export function createServer(deps: ServerDeps): Hono<BridgeHttp> {
  const app = new Hono<BridgeHttp>();
  app.use(requestContext(deps));

  app.post(
    JOBS_PATH,
    bodyLimit({ maxSize: JOB_MAX_BYTES, onError: (context) => refuse(context, "payload_too_large") }),
    async (context) => {
      const { requestId, log } = context.var;
      try {
        const outcome = await runJob(deps, await context.req.text(), { id: requestId, log });
        return context.json(outcome, 200, { "Cache-Control": "no-store" });
      } catch (error) {
        return refuse(context, refusalOf(error).code);
      }
    },
  );
  app.get("/healthz", (context) => context.json(deps.health));
  app.get("/livez", (context) => context.json({ ok: true }));
  app.get("/readyz", async (context) => {
    const readiness = await deps.readiness();
    return context.json(readiness, readiness.ok ? 200 : 503, { "Cache-Control": "no-store" });
  });
  app.get("/metrics", async (context) => {
    const { registry } = deps.metrics;
    return context.body(await registry.metrics(), 200, { "Content-Type": registry.contentType });
  });

  app.all(JOBS_PATH, (context) => methodNotAllowed(context, "POST"));
  for (const path of ["/healthz", "/livez", "/readyz", "/metrics"]) app.all(path, (context) => methodNotAllowed(context, "GET, HEAD"));
  app.notFound((context) => notFound(context));
  app.onError((err, context) => {
    context.get("log").error({ err }, "a request crashed");
    return refuse(context, "internal_error");
  });
  return app;
}

/** Verifies, runs, measures and logs one job. @throws Refusal */
async function runJob(deps: ServerDeps, jws: string, request: { id: string; log: Log }) {
  const verified = await deps.verify(jws.trim()).catch((error: unknown) => {
    const refusal = refusalOf(error);
    logRefusal(request.log, refusal, "a job was not accepted");
    throw refusal;
  });
  const { kind, args } = verified.job;
  const log = request.log.child({ job: verified.jti, kind, resource_id: resourceOf(verified.job) });
  const begun = deps.clock.elapsedMs();
  const done = (outcome: string) =>
    deps.metrics.jobDone({ kind, engine: args.engine, outcome }, (deps.clock.elapsedMs() - begun) / SECOND_MS);
  try {
    const outcome = await deps.dispatch(verified, { id: request.id, log });
    done("ok");
    log.info({ ms: Math.round(deps.clock.elapsedMs() - begun) }, "job done");
    return outcome;
  } catch (error) {
    const refusal = refusalOf(error);
    done(refusal.code);
    logRefusal(log, refusal, "job refused");
    throw refusal;
  }
}

/** A mistake of the caller is a warning; a failure of the bridge or a server is an error. */
function logRefusal(log: Log, err: Refusal, message: string): void {
  if (ALL_REFUSALS[err.code].status >= 500) log.error({ err, refusal: err.code }, message);
  else log.warn({ err, refusal: err.code }, message);
}
