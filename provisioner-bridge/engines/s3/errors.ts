/** What an object store's errors mean to a job. */
import { codeOf } from "../../../contract/causes.ts";
import type { RefusalCode } from "../../../contract/jobs.ts";
import { Refusal } from "../../refusal.ts";
import { isUnavailable } from "../../unavailable.ts";
import { UnfitServer } from "../unfit.ts";

/** By the error's name, which is the `Code` of S3, STS and IAM; every other one of "the server cannot now" is `engine_unavailable`. */
const MEANINGS: Readonly<Record<string, RefusalCode>> = {
  QuotaExceeded: "capacity",
  LimitExceeded: "capacity",
  LimitExceededException: "capacity",
  InsufficientCapacity: "capacity",
  SlowDown: "engine_unavailable",
  Throttling: "engine_unavailable",
  TimeoutError: "engine_unavailable",
  // The bucket or the platform's own key is gone: no tenant can be made until the operator repairs that.
  NoSuchBucket: "engine_unavailable",
  AccessDenied: "engine_unavailable",
  InvalidAccessKeyId: "engine_unavailable",
  SignatureDoesNotMatch: "engine_unavailable",
};

const SERVER_ERROR = 500;
const FORBIDDEN = [401, 403];

/** The refusal a failed request stands for; an unknown error is passed on unchanged. */
export function engineRefusal(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  if (error instanceof UnfitServer) return new Refusal("engine_unavailable", { cause: error });
  const meaning = MEANINGS[nameOf(error) ?? ""];
  if (meaning !== undefined) return new Refusal(meaning, { cause: error });
  // An answer of IAM or STS in words we do not know: the platform's own key is not let in.
  if (FORBIDDEN.includes(statusOf(error))) return new Refusal("engine_unavailable", { cause: error });
  const isDown = isUnavailable(error) || statusOf(error) >= SERVER_ERROR || isUnavailable(firstOf(error));
  return isDown ? new Refusal("engine_unavailable", { cause: error }) : error;
}

export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return names.includes(nameOf(error) ?? "");
}

/** The error's name, or Node's own code for one of the network. */
function nameOf(error: unknown): string | undefined {
  return error instanceof Error && error.name !== "Error" ? error.name : codeOf(error);
}

/** The HTTP status an SDK error carries; 0 without one. */
export function statusOf(error: unknown): number {
  if (!(error instanceof Error) || !("$metadata" in error)) return 0;
  const metadata = error.$metadata;
  const isObject = typeof metadata === "object" && metadata !== null && "httpStatusCode" in metadata;
  return isObject && typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : 0;
}

/** A connection tried at several addresses fails with one error of several. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError ? error.errors[0] : undefined;
}
