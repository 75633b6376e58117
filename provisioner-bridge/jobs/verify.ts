/** Decides whether a text is a job for this bridge. Every refusal has a code of its own. */
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet } from "jose";
import type { z } from "zod";
import { JOB_LIFETIME_MAX_SECONDS, JOB_MAX_BYTES, type Job, jobClaimsSchema, jobSchema, type RefusalCode } from "../../contract/jobs.ts";
import { SERVICE_JOB_MAX_BYTES, type ServiceJob, serviceJobClaimsSchema, serviceJobSchema } from "../../contract/service-jobs.ts";
import { MessageError, type MessageFault, verifyMessage } from "../../contract/signed-message.ts";
import type { Clock } from "../ports/clock.ts";
import { Refusal } from "../refusal.ts";

const JWKS_TIMEOUT_MS = 3_000;
/** How long fetched keys are cached. A key that the Worker adds is known after this time. */
const JWKS_CACHE_MS = 300_000;

const REFUSAL_OF = {
  malformed: "malformed_job",
  unknown_key: "unknown_key",
  invalid_signature: "invalid_signature",
  expired: "job_expired",
} as const satisfies Record<MessageFault, RefusalCode>;

export type Verified<J> = { job: J; jti: string };
/** Throws Refusal: payload_too_large, malformed_job, unknown_key, invalid_signature, job_expired, wrong_audience. */
export type Verifier<J> = (jws: string) => Promise<Verified<J>>;
export type VerifiedJob = Verified<Job>;
export type JobVerifier = Verifier<Job>;
export type ServiceJobVerifier = Verifier<ServiceJob>;

type KeySource = ReturnType<typeof jobKeys>;
type VerifierOptions = { bridgeId: string; keys: KeySource; clock: Clock };

/** The public keys from the configuration, or fetched from the Worker and cached. */
export function jobKeys(jwks: JSONWebKeySet | URL) {
  if (jwks instanceof URL) return createRemoteJWKSet(jwks, { timeoutDuration: JWKS_TIMEOUT_MS, cacheMaxAge: JWKS_CACHE_MS });
  return createLocalJWKSet(jwks);
}

/** Builds the check of one bridge's jobs about tenants. */
export function createJobVerifier(options: VerifierOptions): JobVerifier {
  return createVerifier(options, { claims: jobClaimsSchema, job: jobSchema, maxBytes: JOB_MAX_BYTES });
}

/** Builds the check of one bridge's jobs about services. */
export function createServiceJobVerifier(options: VerifierOptions): ServiceJobVerifier {
  return createVerifier(options, { claims: serviceJobClaimsSchema, job: serviceJobSchema, maxBytes: SERVICE_JOB_MAX_BYTES });
}

type JobType<J> = { claims: typeof jobClaimsSchema | typeof serviceJobClaimsSchema; job: z.ZodType<J>; maxBytes: number };

function createVerifier<J>({ bridgeId, keys, clock }: VerifierOptions, type: JobType<J>): Verifier<J> {
  return async (jws) => {
    if (Buffer.byteLength(jws) > type.maxBytes) throw new Refusal("payload_too_large");
    const nowMs = clock.now().getTime();
    const expected = { keys, claims: type.claims, lifetimeMaxSeconds: JOB_LIFETIME_MAX_SECONDS, nowMs };
    const claims = await verifyMessage(jws, expected).catch((cause: unknown) => {
      throw cause instanceof MessageError ? new Refusal(REFUSAL_OF[cause.fault], { cause }) : cause;
    });
    if (claims.aud !== bridgeId) throw new Refusal("wrong_audience");
    const job = type.job.safeParse({ kind: claims.kind, args: claims.args });
    if (!job.success) throw new Refusal("malformed_job", { cause: job.error });
    return { job: job.data, jti: claims.jti };
  };
}
