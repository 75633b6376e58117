/**
 * All errors a caller can get: code, status, message, and what an agent should tell its user. The texts are in `errors/`, by subject.
 * No file outside `errors/` holds an error text.
 */
import { z } from "zod";
import { type TarballReason, tarballReasonSchema } from "./deploys.ts";
import { ACCOUNT_ERRORS } from "./errors/account.ts";
import { DEPLOY_ERRORS } from "./errors/deploy.ts";
import { REPORT_ERRORS } from "./errors/report.ts";
import { REQUEST_ERRORS } from "./errors/request.ts";
import { RESOURCE_ERRORS } from "./errors/resource.ts";
import type { ErrorContext, ErrorRow } from "./errors/row.ts";
import { SOURCE_ERRORS } from "./errors/source.ts";
import { STORAGE_ERRORS } from "./errors/storage.ts";
import { WEBHOOK_ERRORS } from "./errors/webhook.ts";

export const RETRY_AFTER_429_SECONDS = 60;
export const RETRY_AFTER_503_SECONDS = 30;

/** One table for each subject. Each code is in one table only. */
export const ERROR_TABLES = [
  REQUEST_ERRORS,
  RESOURCE_ERRORS,
  ACCOUNT_ERRORS,
  STORAGE_ERRORS,
  WEBHOOK_ERRORS,
  SOURCE_ERRORS,
  DEPLOY_ERRORS,
  REPORT_ERRORS,
] as const;

export const ERRORS = {
  ...REQUEST_ERRORS,
  ...RESOURCE_ERRORS,
  ...ACCOUNT_ERRORS,
  ...STORAGE_ERRORS,
  ...WEBHOOK_ERRORS,
  ...SOURCE_ERRORS,
  ...DEPLOY_ERRORS,
  ...REPORT_ERRORS,
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** Why a credential was refused; `error` stays `unauthorized`. */
export const AUTH_ERROR_CODES = [
  "missing_credentials",
  "malformed_token",
  "expired_token",
  "invalid_claims",
  "revoked_session",
  "revoked_key",
] as const;
export type AuthErrorCode = (typeof AUTH_ERROR_CODES)[number];

export const errorEnvelopeSchema = z.object({
  ok: z.literal(false),
  error: z.string(),
  message: z.string(),
  /** Always present; null where waiting does not help. */
  retry_after_seconds: z.number().int().nullable(),
  request_id: z.string(),
  agent_action: z.string().optional(),
  upgrade_url: z.string().optional(),
  claim_url: z.string().optional(),
  error_code: z.enum(AUTH_ERROR_CODES).optional(),
  /** Of an `invalid_tarball`: which rule it breaks. */
  reason: tarballReasonSchema.optional(),
});
export type ErrorEnvelope = z.infer<typeof errorEnvelopeSchema>;

/** The wait when the error's row names none: 429 and 503 always have one. */
export function retryAfterSeconds(code: ErrorCode): number | null {
  const row: ErrorRow = ERRORS[code];
  if (row.retryAfterSeconds !== undefined) return row.retryAfterSeconds;
  if (row.status === 429) return RETRY_AFTER_429_SECONDS;
  return row.status === 503 ? RETRY_AFTER_503_SECONDS : null;
}

/** Builds the envelope of one error. `request` holds the values of this request. */
export function errorEnvelope(
  code: ErrorCode,
  known: ErrorContext,
  request: { requestId: string; retryAfterSeconds?: number; claimUrl?: string; errorCode?: AuthErrorCode; reason?: TarballReason },
): ErrorEnvelope {
  const row: ErrorRow = ERRORS[code];
  const context = { ...known, isMissing: request.errorCode === "missing_credentials" };
  return {
    ok: false,
    error: code,
    message: row.message(context),
    retry_after_seconds: request.retryAfterSeconds ?? retryAfterSeconds(code),
    request_id: request.requestId,
    ...(row.agentAction ? { agent_action: row.agentAction(context) } : {}),
    ...(row.upgradePath ? { upgrade_url: context.publicUrl + row.upgradePath } : {}),
    ...(request.claimUrl ? { claim_url: request.claimUrl } : {}),
    ...(request.errorCode ? { error_code: request.errorCode } : {}),
    ...(request.reason ? { reason: request.reason } : {}),
  };
}
