/**
 * Structured logs. No line may contain a secret: known fields are removed by name, and error texts are scrubbed,
 * because a driver's message may quote what it was given.
 */
import { type DestinationStream, type Logger, pino } from "pino";
import { causesOf, codeOf } from "../contract/causes.ts";

export type Log = Logger;

const SECRET_FIELDS = [
  "connection_url",
  "internal_url",
  "password",
  "authorization",
  "jws",
  "secret",
  "admin_url",
  "registry_url",
  "grant",
];

const SCRUBBED: readonly [RegExp, string][] = [
  [/\bX-Amz-(?:Signature|Security-Token)=[^&\s"']+/gi, "[signature]"],
  // Every URL but those of web pages and of files, which stack traces are full of: connection URLs hold passwords.
  [/\b(?!https?:|file:)[a-z][a-z0-9+.-]*:\/\/[^\s"']+/gi, "[url]"],
  [/#[0-9a-f]{64}\b/g, "[verifier]"],
  [/SCRAM-SHA-256\$[^\s"']+/g, "[verifier]"],
  [/\bS[A-Z][A-Z2-7]{56}\b/g, "[seed]"],
  [/\bey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/g, "[jws]"],
];

/** The text without URLs of databases, password verifiers, NATS seeds, JWTs and signed jobs. */
export function scrub(text: string): string {
  return SCRUBBED.reduce((left, [pattern, mark]) => left.replace(pattern, mark), text);
}

type LoggedError = { type: string; code?: string; message: string; stack?: string; cause?: LoggedError };

/** An error as a log line may hold it, with its causes nested inside it. */
export function describeError(error: unknown): LoggedError {
  return causesOf(error)
    .map(describeOne)
    .reduceRight((cause, described) => ({ ...described, cause }));
}

function describeOne(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: "something that is no error was thrown" };
  const code = codeOf(error);
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    message: scrub(error.message),
    ...(error.stack === undefined ? {} : { stack: scrub(error.stack) }),
  };
}

/** The bridge's logger: JSON lines on stdout, or into `destination`. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: { service: "provisioner-bridge" },
    redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[redacted]" },
    serializers: { err: (error: unknown) => describeError(error) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
