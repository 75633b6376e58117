/** Calls the Worker's scheduled handler: on request, and at the minutes its cron expressions name. */
import { Cron } from "croner";
import type { Ports } from "../port-table.ts";
import { HOST } from "../ports.ts";
import type { ProgressSink } from "../progress.ts";

const RUN_TIMEOUT_MS = 120_000;

/** Runs the handler once and waits for it. @throws Error when it failed or there was no answer */
export type RunCron = (expression: string) => Promise<void>;

/** `serve`: the sidecar beside the Worker (sidecars/cron.js). `watch`: wrangler's own endpoint. */
export function cronUrl(mode: "serve" | "watch", ports: Ports): string {
  return mode === "serve" ? `http://${HOST}:${ports.cron}/run` : `http://${HOST}:${ports.api}/cdn-cgi/handler/scheduled`;
}

export function cronRunner(mode: "serve" | "watch", ports: Ports): RunCron {
  const url = cronUrl(mode, ports);
  return async (expression) => {
    const response = await fetch(`${url}?cron=${encodeURIComponent(expression)}`, {
      method: mode === "serve" ? "POST" : "GET",
      signal: AbortSignal.timeout(RUN_TIMEOUT_MS),
    });
    const body = await response.text();
    if (!response.ok) throw new Error(`the cron ${expression} failed: ${response.status} ${body}`);
  };
}

/** Runs until the returned function is called. Runs of one expression do not overlap. */
export function startCronTicker(expressions: readonly string[], run: RunCron, log: ProgressSink): () => void {
  const report = (cause: unknown): void =>
    log({ kind: "note", subject: "cron", text: cause instanceof Error ? cause.message : String(cause) });
  const jobs = expressions.map(
    (expression) => new Cron(expression, { timezone: "UTC", protect: true, catch: report }, () => run(expression)),
  );
  return () => {
    for (const job of jobs) job.stop();
  };
}
