/** The ways reading an inbox can be refused. */
import type { ErrorCode } from "../../../contract/errors.ts";

export const READ_REFUSALS = [
  "unauthorized",
  "webhook_not_found",
  "webhook_expired",
  "webhook_unavailable",
  "lookup_failed",
] as const satisfies readonly ErrorCode[];
