/**
 * The bridge: takes a signed job and returns an outcome or a refusal.
 * The adapter is `bridge-http.ts`.
 */
import type { JobKind, JobOf, Outcome, RefusalCode } from "../../contract/jobs.ts";
import type { Readiness } from "../../contract/readiness.ts";
import type { ServiceJob, ServiceJobOf, ServiceOutcome, ServiceRefusalCode } from "../../contract/service-jobs.ts";

/** Why a job has no outcome: the bridge refused it, or its answer was missing or malformed. */
export type BridgeFailure = RefusalCode | ServiceRefusalCode | "unreachable" | "malformed_answer";

export class BridgeError extends Error {
  readonly code: BridgeFailure;
  /** The same job may be sent again. */
  readonly retryable: boolean;
  /** The body of a refusal, which may say more than its code; unparsed. */
  readonly answer: unknown;

  constructor(code: BridgeFailure, retryable: boolean, options?: { cause?: unknown; answer?: unknown }) {
    super(`the bridge did not do the job: ${code}`, options);
    this.name = "BridgeError";
    this.code = code;
    this.retryable = retryable;
    this.answer = options?.answer;
  }
}

/** A signed job, valid for less than a minute. */
export type SignedJob<K extends JobKind> = { kind: K; jws: string };

/** The jobs about services whose answer is JSON and whose body is the job alone. */
export type ServiceRequest = ServiceJobOf<"check_builder" | "read_metrics" | "drop_source" | "operate" | "operations">;
export type ServiceRequestKind = ServiceRequest["kind"];
export type ServiceRequestOf<K extends ServiceRequestKind> = Extract<ServiceRequest, { kind: K }>;

/** A request that a signed job authorizes; `path` is one of contract/service-jobs.ts. */
export type Exchange = { method: "GET" | "PUT"; path: string; job: ServiceJob; body?: ReadableStream<Uint8Array>; signal: AbortSignal };

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
  /** As `run`, for a job about services. @throws BridgeError */
  runService<K extends ServiceRequestKind>(job: ServiceRequestOf<K>, jobId: string, requestId: string): Promise<ServiceOutcome<K>>;
  /**
   * Sends or reads a stream. Not retried.
   * @returns the answer of a bridge that accepted the job @throws BridgeError
   */
  exchange(exchange: Exchange, jobId: string, requestId: string): Promise<Response>;
  /** The bridge's own readiness matrix. @throws BridgeError when it does not answer in time. */
  readiness(): Promise<Readiness>;
}
