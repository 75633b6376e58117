/** All HTTP routes of the bridge. */
import { Hono } from "hono";
import { JOB_MAX_BYTES, JOBS_PATH } from "../contract/jobs.ts";
import type { Health, Readiness } from "../contract/readiness.ts";
import { SERVICE_JOB_MAX_BYTES, SERVICE_JOBS_PATH } from "../contract/service-jobs.ts";
import { methodNotAllowed, notFound, refuse } from "./http/envelope.ts";
import { addJobRoute } from "./http/jobs.ts";
import { addLogRoute } from "./http/logs.ts";
import { type BridgeHttp, requestContext } from "./http/request.ts";
import { addSourceRoute } from "./http/sources.ts";
import { type Dispatch, resourceOf } from "./jobs/dispatch.ts";
import { type ServiceDispatch, serviceFieldsOf } from "./jobs/services.ts";
import type { JobVerifier, ServiceJobVerifier } from "./jobs/verify.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { LogReader } from "./operations/read-logs.ts";
import type { Clock } from "./ports/clock.ts";
import type { Random } from "./ports/random.ts";
import type { Isolation } from "./services/isolation/isolation.ts";
import type { Sources } from "./services/sources/sources.ts";

export type ServerDeps = {
  verify: JobVerifier;
  dispatch: Dispatch;
  verifyService: ServiceJobVerifier;
  dispatchService: ServiceDispatch;
  /** Both are null where this bridge runs no apps. */
  reader: LogReader | null;
  sources: Sources | null;
  isolation: Pick<Isolation, "require">;
  readiness: () => Promise<Readiness>;
  metrics: Metrics;
  health: Health;
  clock: Clock;
  random: Random;
  log: Log;
};

/** Builds the app; it holds no state of its own. */
export function createServer(deps: ServerDeps): Hono<BridgeHttp> {
  const app = new Hono<BridgeHttp>();
  app.use(requestContext(deps));

  addJobRoute(app, deps, {
    path: JOBS_PATH,
    maxBytes: JOB_MAX_BYTES,
    verify: deps.verify,
    run: deps.dispatch,
    describe: (job) => ({ kind: job.kind, engine: job.args.engine, fields: { resource_id: resourceOf(job) } }),
  });
  addJobRoute(app, deps, {
    path: SERVICE_JOBS_PATH,
    maxBytes: SERVICE_JOB_MAX_BYTES,
    verify: deps.verifyService,
    run: deps.dispatchService,
    describe: (job) => ({ kind: job.kind, engine: "none", fields: serviceFieldsOf(job) }),
  });
  addLogRoute(app, deps);
  addSourceRoute(app, deps);
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

  for (const path of ["/healthz", "/livez", "/readyz", "/metrics"]) app.all(path, (context) => methodNotAllowed(context, "GET, HEAD"));
  app.notFound((context) => notFound(context));
  app.onError((err, context) => {
    context.get("log").error({ err }, "a request crashed");
    return refuse(context, "internal_error");
  });
  return app;
}
