/** The error codes of every create. */
import type { ErrorCode } from "../../../contract/errors.ts";

export const CREATE_REFUSALS = [
  "name_required",
  "invalid_name",
  "invalid_env",
  "invalid_body",
  "invalid_idempotency_key",
  "unauthorized",
  "insufficient_scope",
  "foreign_origin",
  "quota_exceeded",
  "idempotency_key_conflict",
  "idempotency_key_in_progress",
  "payload_too_large",
  "unsupported_media_type",
  "provision_limit_reached",
  "network_limit_reached",
  "capacity",
  "provision_failed",
  "provisioner_unavailable",
  "service_disabled",
  "admission_unavailable",
  "lookup_failed",
] as const satisfies readonly ErrorCode[];
