/**
 * Decides whether a text is a report of our bridge. The signature comes first: nothing else in an unsigned text is believed.
 * The mirror of the bridge's own check of jobs; every refusal has a code of its own.
 */
import { base64url, compactVerify, createLocalJWKSet, decodeProtectedHeader, errors } from "jose";
import {
  REPORT_ALGORITHM,
  REPORT_AUDIENCE,
  REPORT_LIFETIME_MAX_SECONDS,
  type Report,
  reportClaimsSchema,
  reportSchema,
} from "../../contract/reports.ts";
import type { Config } from "../env.ts";
import { ApiError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";

/** How far the bridge's clock may be from ours. */
const CLOCK_SKEW_SECONDS = 5;

/** `contentHash`: tells two reports under one id apart. */
export type VerifiedReport = { report: Report; jti: string; contentHash: string };
export type ReportVerifier = (jws: string) => Promise<VerifiedReport>;

/**
 * @returns a function that throws ApiError: `malformed_report`, `unknown_report_key`, `invalid_report_signature`, `report_expired`,
 * `wrong_report_audience`
 */
export function createReportVerifier(
  { bridgeId, bridgeReportKeys }: Pick<Config, "bridgeId" | "bridgeReportKeys">,
  clock: Clock,
): ReportVerifier {
  const keys = createLocalJWKSet({ keys: bridgeReportKeys });
  return async (jws) => {
    requireHeader(jws);
    const claims = parseClaims(await verifiedPayload(jws, keys));
    requireTimely(claims, clock);
    if (claims.aud !== REPORT_AUDIENCE || claims.iss !== bridgeId) throw new ApiError("wrong_report_audience");
    const report = reportSchema.safeParse({ kind: claims.kind, body: claims.body });
    if (!report.success) throw new ApiError("malformed_report", { cause: report.error });
    return { report: report.data, jti: claims.jti, contentHash: await sha256(JSON.stringify(report.data)) };
  };
}

/** Without a `kid` a Worker that knows one key only would take any. */
function requireHeader(jws: string): void {
  try {
    const header = decodeProtectedHeader(jws);
    if (header.alg === REPORT_ALGORITHM && typeof header.kid === "string") return;
  } catch (cause) {
    throw new ApiError("malformed_report", { cause });
  }
  throw new ApiError("malformed_report");
}

async function verifiedPayload(jws: string, keys: ReturnType<typeof createLocalJWKSet>): Promise<Uint8Array> {
  try {
    return (await compactVerify(jws, keys, { algorithms: [REPORT_ALGORITHM] })).payload;
  } catch (cause) {
    if (cause instanceof errors.JWKSNoMatchingKey) throw new ApiError("unknown_report_key", { cause });
    if (cause instanceof errors.JWSSignatureVerificationFailed) throw new ApiError("invalid_report_signature", { cause });
    if (cause instanceof errors.JWSInvalid) throw new ApiError("malformed_report", { cause });
    throw cause;
  }
}

function parseClaims(payload: Uint8Array) {
  try {
    return reportClaimsSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(payload)));
  } catch (cause) {
    throw new ApiError("malformed_report", { cause });
  }
}

function requireTimely({ iat, exp }: { iat: number; exp: number }, clock: Clock): void {
  const now = clock.now() / 1000;
  const lifetime = exp - iat;
  const isLate = exp + CLOCK_SKEW_SECONDS <= now;
  const isEarly = iat - CLOCK_SKEW_SECONDS > now;
  if (isLate || isEarly || lifetime <= 0 || lifetime > REPORT_LIFETIME_MAX_SECONDS) throw new ApiError("report_expired");
}

async function sha256(text: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}
