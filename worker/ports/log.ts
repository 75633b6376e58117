/**
 * The Worker's log: one JSON object per line on the console, which Cloudflare and `npm start` collect.
 * Only the fields listed here are written, so no body, token, header value, query string or address gets in.
 */
import { causesOf, codeOf } from "../../contract/causes.ts";
import type { Clock } from "./clock.ts";

/** The fields of a line besides its time, level and event. */
export type LogFields = {
  requestId?: string;
  method?: string;
  /** A route pattern ("GET /claim/preview"), never a path: paths of some routes hold a token. */
  route?: string;
  status?: number;
  durationMs?: number;
  /** An error code of contract/errors.ts, a bridge refusal or an SQLSTATE. */
  code?: string;
  resourceId?: string;
  kind?: string;
  jobId?: string;
  generation?: number;
  attempt?: number;
  count?: number;
  total?: number;
  /** A cron task, or a request of an object to the platform. */
  task?: string;
  action?: string;
  step?: string;
  replayed?: boolean;
  /** An error. The log gets the names, codes and code locations of it and its causes, but no messages. */
  cause?: unknown;
};

const FIELDS = new Set<keyof LogFields>([
  "requestId",
  "method",
  "route",
  "status",
  "durationMs",
  "code",
  "resourceId",
  "kind",
  "jobId",
  "generation",
  "attempt",
  "count",
  "total",
  "task",
  "action",
  "step",
  "replayed",
]);

type Level = "info" | "warn" | "error";

export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  with(fields: LogFields): Logger;
}

export type LogSink = (level: Level, line: string) => void;

const consoleSink: LogSink = (level, line) => console[level](line);

export function createLogger(clock: Clock, sink: LogSink = consoleSink, always: LogFields = {}): Logger {
  const write = (level: Level) => (event: string, fields?: LogFields) =>
    sink(level, JSON.stringify({ time: new Date(clock.now()).toISOString(), level, event, ...listed({ ...always, ...fields }) }));
  return {
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    with: (fields) => createLogger(clock, sink, { ...always, ...fields }),
  };
}

function listed({ cause, ...fields }: LogFields): Record<string, unknown> {
  const kept = Object.entries(fields).filter(([name]) => FIELDS.has(name as keyof LogFields));
  return { ...Object.fromEntries(kept), ...(cause === undefined ? {} : { cause: describe(cause) }) };
}

/**
 * An error without its data: messages of drivers and parsers may quote their input, so the log gets names, codes and the place in our
 * code where the error was made.
 */
function describe(cause: unknown): unknown[] {
  return causesOf(cause).map((error) => {
    if (!(error instanceof Error)) return { name: typeof error };
    const code = codeOf(error);
    const at = error.stack
      ?.split("\n")
      .find((line) => /^\s+at /.test(line))
      ?.trim();
    return { name: error.name, ...(code === undefined ? {} : { code }), at };
  });
}
