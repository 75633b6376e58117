/** The answer of a Worker with an invalid configuration: the error envelope; the reason is in the log only. */
import { errorEnvelope } from "../contract/errors.ts";
import { systemClock } from "./ports/clock.ts";
import { systemIds } from "./ports/ids.ts";
import { createLogger } from "./ports/log.ts";

/** @param cause a ConfigError: it names variables, never values */
export function answerMisconfigured(request: Request, cause: unknown): Response {
  const requestId = systemIds.uuid();
  const complaint = cause instanceof Error ? cause.message : undefined;
  createLogger(systemClock).error("config.unusable", { requestId, cause, ...(complaint ? { step: complaint } : {}) });
  const body = errorEnvelope("internal_error", { publicUrl: new URL(request.url).origin }, { requestId });
  return Response.json(body, { status: 500, headers: { "X-Request-ID": requestId } });
}
