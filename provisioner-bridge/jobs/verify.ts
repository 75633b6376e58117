/**
 * Decides whether a text is a job for this bridge. The signature comes first: nothing else in an unsigned text is believed.
 * Source: ARCHITECTURE "Signed jobs"; every refusal has its own code.
 */
import { compactVerify, createLocalJWKSet, createRemoteJWKSet, decodeProtectedHeader, errors, type JSONWebKeySet } from "jose";
import { JOB_ALGORITHM, JOB_LIFETIME_MAX_SECONDS, JOB_MAX_BYTES, type Job, jobClaimsSchema, jobSchema } from "../../contract/jobs.ts";
import type { Clock } from "../ports/clock.ts";
import { Refusal } from "../refusal.ts";

/** How far the Worker's clock may be from ours. */
const CLOCK_SKEW_SECONDS = 5;
const JWKS_TIMEOUT_MS = 3_000;
/** A key the Worker adds is known this soon. */
const JWKS_CACHE_MS = 300_000;

export type VerifiedJob = { job: Job; jti: string };
export type JobVerifier = (jws: string) => Promise<VerifiedJob>;
type KeySource = Parameters<typeof compactVerify>[1] & ((...parameters: never[]) => unknown);

/** Public keys given in the configuration, or fetched from the Worker and kept for a while. */
export function jobKeys(jwks: JSONWebKeySet | URL): KeySource {
  if (jwks instanceof URL) return createRemoteJWKSet(jwks, { timeoutDuration: JWKS_TIMEOUT_MS, cacheMaxAge: JWKS_CACHE_MS });
  return createLocalJWKSet(jwks);
}

/**
 * Builds the check of one bridge's jobs.
 * @returns a function that throws Refusal: payload_too_large, malformed_job, unknown_key, invalid_signature, job_expired, wrong_audience
 */
export function createJobVerifier(options: { bridgeId: string; keys: KeySource; clock: Clock }): JobVerifier {
  return async (jws) => {
    if (Buffer.byteLength(jws) > JOB_MAX_BYTES) throw new Refusal("payload_too_large");
    requireHeader(jws);
    const claims = parseClaims(await verifiedPayload(jws, options.keys));
    requireTimely(claims, options.clock);
    if (claims.aud !== options.bridgeId) throw new Refusal("wrong_audience");
    const job = jobSchema.safeParse({ kind: claims.kind, args: claims.args });
    if (!job.success) throw new Refusal("malformed_job", { cause: job.error });
    return { job: job.data, jti: claims.jti };
  };
}

/** Without a `kid` a bridge that holds one key only would take any. */
function requireHeader(jws: string): void {
  try {
    const header = decodeProtectedHeader(jws);
    if (header.alg === JOB_ALGORITHM && typeof header.kid === "string") return;
  } catch (cause) {
    throw new Refusal("malformed_job", { cause });
  }
  throw new Refusal("malformed_job");
}

async function verifiedPayload(jws: string, keys: KeySource): Promise<Uint8Array> {
  try {
    return (await compactVerify(jws, keys, { algorithms: [JOB_ALGORITHM] })).payload;
  } catch (cause) {
    if (cause instanceof errors.JWKSNoMatchingKey) throw new Refusal("unknown_key", { cause });
    if (cause instanceof errors.JWSSignatureVerificationFailed) throw new Refusal("invalid_signature", { cause });
    if (cause instanceof errors.JWSInvalid) throw new Refusal("malformed_job", { cause });
    throw cause;
  }
}

function parseClaims(payload: Uint8Array) {
  try {
    return jobClaimsSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)));
  } catch (cause) {
    throw new Refusal("malformed_job", { cause });
  }
}

function requireTimely(claims: { iat: number; exp: number }, clock: Clock): void {
  const now = clock.now().getTime() / 1000;
  const lifetime = claims.exp - claims.iat;
  const late = claims.exp + CLOCK_SKEW_SECONDS <= now;
  const early = claims.iat - CLOCK_SKEW_SECONDS > now;
  if (late || early || lifetime <= 0 || lifetime > JOB_LIFETIME_MAX_SECONDS) throw new Refusal("job_expired");
}
