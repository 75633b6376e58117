/** The one error services and routes throw on purpose. The handler in `middleware/errors.ts` turns it into the envelope. */
import type { AuthErrorCode, ErrorCode } from "../contract/errors.ts";

export type ApiErrorOptions = {
  /** What the code's own text lets vary; never anything a caller or an engine sent. */
  detail?: string | undefined;
  retryAfterSeconds?: number | undefined;
  claimUrl?: string | undefined;
  errorCode?: AuthErrorCode | undefined;
  maxBytes?: number | undefined;
  /** How many of something there may be. */
  cap?: number | undefined;
  /** The methods a path takes, as in `Allow`. */
  allow?: string | undefined;
  /** More headers of the answer. */
  headers?: Record<string, string> | undefined;
  cause?: unknown;
};

export class ApiError extends Error {
  readonly code: ErrorCode;
  declare readonly detail?: string;
  declare readonly retryAfterSeconds?: number;
  declare readonly claimUrl?: string;
  declare readonly errorCode?: AuthErrorCode;
  declare readonly maxBytes?: number;
  declare readonly cap?: number;
  declare readonly allow?: string;
  declare readonly headers?: Record<string, string>;

  constructor(code: ErrorCode, options: ApiErrorOptions = {}) {
    const { cause, ...details } = options;
    super(code, cause === undefined ? undefined : { cause });
    this.name = "ApiError";
    this.code = code;
    // Left out, not undefined: the envelope shows a key only where there is something to show.
    for (const [name, value] of Object.entries(details)) if (value !== undefined) Object.assign(this, { [name]: value });
  }
}

/** For `.catch` behind the platform database: it did not answer, or refused. @throws ApiError `lookup_failed` */
export function lookupFailed(cause: unknown): never {
  throw new ApiError("lookup_failed", { cause });
}
