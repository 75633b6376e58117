/** Turns every error into an answer. Anything but an ApiError is `internal_error`, and its cause is logged. */
import { ERRORS, errorEnvelope } from "../../contract/errors.ts";
import type { Config } from "../env.ts";
import { ApiError } from "../errors.ts";
import type { AppContext } from "../http.ts";
import { RefusalPage } from "../pages/refusal.tsx";
import { PAGE_HEADERS } from "../pages/site.tsx";

const SERVER_ERROR = 500;

export function errorHandler({ publicUrl }: Pick<Config, "publicUrl">): (error: Error, c: AppContext) => Response | Promise<Response> {
  return function answerError(thrown, c) {
    const error = thrown instanceof ApiError ? thrown : new ApiError("internal_error", { cause: thrown });
    const { status } = ERRORS[error.code];
    if (status >= SERVER_ERROR) logCause(error, c);
    if (c.var.matched?.endpoint?.answers === "page") return refusalPage(error, c, publicUrl);
    const body = errorEnvelope(error.code, { publicUrl, ...error }, { requestId: c.var.requestId, ...error });
    return c.json(body, status, headersOf(error, status, body.retry_after_seconds));
  };
}

/** The same refusal as a page for a person. */
function refusalPage(error: ApiError, c: AppContext, publicUrl: string): Response | Promise<Response> {
  const { status } = ERRORS[error.code];
  const { message, retry_after_seconds } = errorEnvelope(error.code, { publicUrl, ...error }, { requestId: c.var.requestId, ...error });
  const page = RefusalPage({ code: error.code, message, requestId: c.var.requestId });
  return c.html(page, status, { ...headersOf(error, status, retry_after_seconds), ...PAGE_HEADERS });
}

/** @returns the headers that belong to a status (RFC 9110) and the error's own */
function headersOf(error: ApiError, status: number, retryAfterSeconds: number | null): Record<string, string> {
  return {
    ...(retryAfterSeconds === null ? {} : { "Retry-After": String(retryAfterSeconds) }),
    ...(status === 401 ? { "WWW-Authenticate": 'Bearer realm="instanode"' } : {}),
    ...(error.allow === undefined ? {} : { Allow: error.allow }),
    ...error.headers,
  };
}

function logCause(error: ApiError, c: AppContext): void {
  const fields = { route: c.var.matched.pattern, code: error.code, cause: error.cause ?? error };
  if (error.code === "internal_error") c.var.log.error("request.crashed", fields);
  else c.var.log.warn("request.failed", fields);
}
