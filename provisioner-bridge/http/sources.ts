/** `PUT /v1/sources/<id>`: an upload. Its job names the one source that may be stored. */
import { Readable } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";
import type { Context, Hono } from "hono";
import { SOURCES_PATH } from "../../contract/service-jobs.ts";
import type { ServiceJobVerifier } from "../jobs/verify.ts";
import { Refusal, refusalOf } from "../refusal.ts";
import type { Isolation } from "../services/isolation/isolation.ts";
import type { Sources } from "../services/sources/sources.ts";
import { bearerJob } from "./bearer.ts";
import { methodNotAllowed, refuse } from "./envelope.ts";
import { logRefusal } from "./jobs.ts";
import type { BridgeHttp } from "./request.ts";

/** `sources`: null where this bridge runs no apps. */
export type SourceRouteDeps = { verifyService: ServiceJobVerifier; sources: Sources | null; isolation: Pick<Isolation, "require"> };

export function addSourceRoute(app: Hono<BridgeHttp>, deps: SourceRouteDeps): void {
  const path = `${SOURCES_PATH}/:id`;
  app.put(path, async (context) => {
    try {
      return context.json({ ok: true, source: await store(context, deps) }, 200, { "Cache-Control": "no-store" });
    } catch (error) {
      const refusal = refusalOf(error);
      logRefusal(context.var.log, refusal, "an upload was refused");
      return refuse(context, refusal.code, refusal.reason);
    }
  });
  app.all(path, (context) => methodNotAllowed(context, "PUT"));
}

/** @throws Refusal */
async function store(context: Context<BridgeHttp>, { verifyService, sources, isolation }: SourceRouteDeps) {
  const { args } = await bearerJob(context, verifyService, "store_source");
  if (args.source_id !== context.req.param("id")) throw new Refusal("malformed_job");
  if (sources === null) throw new Refusal("runner_unavailable");
  await isolation.require();
  return sources.store(args.source_id, bodyOf(context.req.raw), context.var.log);
}

/** The types of a fetch body and of Node's web streams differ; both are the same class at run time. */
function bodyOf({ body }: Request): Readable {
  return body === null ? Readable.from([]) : Readable.fromWeb(body as WebStream);
}
