/** `GET /v1/logs`: a log as server-sent events. */
import type { Context, Hono } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { LOGS_PATH } from "../../contract/service-jobs.ts";
import type { ServiceJobVerifier } from "../jobs/verify.ts";
import type { LogEvent, LogReader } from "../operations/read-logs.ts";
import type { Clock } from "../ports/clock.ts";
import { Refusal, refusalOf } from "../refusal.ts";
import { bearerJob } from "./bearer.ts";
import { methodNotAllowed, refuse } from "./envelope.ts";
import type { BridgeHttp } from "./request.ts";

/** Shorter than what proxies wait for a silent connection. */
const HEARTBEAT_MS = 15_000;
const HEARTBEAT = ": heartbeat\n\n";
const END = "[end]";

/** `reader`: null where this bridge runs no apps. */
export type LogRouteDeps = { verifyService: ServiceJobVerifier; reader: LogReader | null; clock: Clock };

export function addLogRoute(app: Hono<BridgeHttp>, { verifyService, reader, clock }: LogRouteDeps): void {
  app.get(LOGS_PATH, async (context) => {
    const ended = new AbortController();
    try {
      const { args } = await bearerJob(context, verifyService, "read_logs");
      if (reader === null) throw new Refusal("runner_unavailable");
      const events = await reader.read(args, ended.signal);
      return streamSSE(context, (stream) => send(context, stream, { events, ended, clock }));
    } catch (error) {
      return refuse(context, refusalOf(error).code);
    }
  });
  app.all(LOGS_PATH, (context) => methodNotAllowed(context, "GET"));
}

type Sending = { events: AsyncIterable<LogEvent>; ended: AbortController; clock: Clock };

/** Without `[end]` the reader may ask again for what follows the last id it has seen. */
async function send(context: Context<BridgeHttp>, stream: SSEStreamingApi, { events, ended, clock }: Sending): Promise<void> {
  stream.onAbort(() => ended.abort());
  let cancel = () => {};
  const beat = () => {
    cancel = clock.after(HEARTBEAT_MS, () => {
      void stream.write(HEARTBEAT);
      beat();
    });
  };
  beat();
  try {
    for await (const { id, text } of events) await stream.writeSSE({ id, data: text });
    if (!ended.signal.aborted) await stream.writeSSE({ data: END });
  } catch (err) {
    context.var.log.warn({ err }, "a log could not be read to its end");
  } finally {
    cancel();
    ended.abort();
  }
}
