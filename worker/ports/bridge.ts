/**
 * The bridge: takes a signed job and returns an outcome or a refusal.
 * The adapter is `bridge-http.ts`.
 */
import type { JobKind, JobOf, Outcome, RefusalCode } from "../../contract/jobs.ts";
import type { Readiness } from "../../contract/readiness.ts";

/** Why a job has no outcome: the bridge refused it, or its answer was missing or malformed. */
export type BridgeFailure = RefusalCode | "unreachable" | "malformed_answer";

export class BridgeError extends Error {
  readonly code: BridgeFailure;
  /** The same job may be sent again. */
  readonly retryable: boolean;

  constructor(code: BridgeFailure, retryable: boolean, options?: { cause?: unknown }) {
    super(`the bridge did not do the job: ${code}`, options);
    this.name = "BridgeError";
    this.code = code;
    this.retryable = retryable;
  }
}

/** A signed job, valid for less than a minute. */
export type SignedJob<K extends JobKind> = { kind: K; jws: string };

export interface BridgePort {
  /**
   * Sends one job to the bridge and parses its answer.
   * @param jobId the same for every attempt of one step, so that the bridge acts once
   * @throws BridgeError
   */
  run<K extends JobKind>(job: JobOf<K>, jobId: string, requestId: string): Promise<Outcome<K>>;
  /** The first half of `run`, for callers that must wait before they send. */
  sign<K extends JobKind>(job: JobOf<K>, jobId: string): Promise<SignedJob<K>>;
  /** The second half. @throws BridgeError */
  send<K extends JobKind>(signed: SignedJob<K>, requestId: string): Promise<Outcome<K>>;
  /** The bridge's own readiness matrix. @throws BridgeError when it does not answer in time. */
  readiness(): Promise<Readiness>;
}
