/** Decides whether a text is a report of our bridge. Every refusal has a code of its own. */
import { base64url, createLocalJWKSet } from "jose";
import type { ErrorCode } from "../../contract/errors.ts";
import { REPORT_AUDIENCE, REPORT_LIFETIME_MAX_SECONDS, type Report, reportClaimsSchema, reportSchema } from "../../contract/reports.ts";
import { MessageError, type MessageFault, verifyMessage } from "../../contract/signed-message.ts";
import type { Config } from "../env.ts";
import { ApiError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";

const ERROR_OF = {
  malformed: "malformed_report",
  unknown_key: "unknown_report_key",
  invalid_signature: "invalid_report_signature",
  expired: "report_expired",
} as const satisfies Record<MessageFault, ErrorCode>;

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
  const rules = {
    keys: createLocalJWKSet({ keys: bridgeReportKeys }),
    claims: reportClaimsSchema,
    lifetimeMaxSeconds: REPORT_LIFETIME_MAX_SECONDS,
  };
  return async (jws) => {
    const claims = await verifyMessage(jws, { ...rules, nowMs: clock.now() }).catch((cause: unknown) => {
      throw cause instanceof MessageError ? new ApiError(ERROR_OF[cause.fault], { cause }) : cause;
    });
    if (claims.aud !== REPORT_AUDIENCE || claims.iss !== bridgeId) throw new ApiError("wrong_report_audience");
    const report = reportSchema.safeParse({ kind: claims.kind, body: claims.body });
    if (!report.success) throw new ApiError("malformed_report", { cause: report.error });
    return { report: report.data, jti: claims.jti, contentHash: await sha256(JSON.stringify(report.data)) };
  };
}

async function sha256(text: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}
