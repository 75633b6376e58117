/** The error that services and routes throw on purpose. `middleware/errors.ts` turns it into the envelope. */
import type { TarballReason } from "../contract/deploys.ts";
import type { AuthErrorCode, ErrorCode } from "../contract/errors.ts";

export type ApiErrorOptions = {
  /** The variable part of the code's text. Never text from a caller or an engine. */
  detail?: string | undefined;
  retryAfterSeconds?: number | undefined;
  claimUrl?: string | undefined;
  errorCode?: AuthErrorCode | undefined;
  /** Which rule a tarball breaks. */
  reason?: TarballReason | undefined;
  maxBytes?: number | undefined;
  /** The limit that was reached. */
  cap?: number | undefined;
  /** The methods of a path, as in `Allow`. */
  allow?: string | undefined;
  /** Further headers of the answer. */
  headers?: Record<string, string> | undefined;
  cause?: unknown;
};

export class ApiError extends Error {
  readonly code: ErrorCode;
  declare readonly detail?: string;
  declare readonly retryAfterSeconds?: number;
  declare readonly claimUrl?: string;
  declare readonly errorCode?: AuthErrorCode;
  declare readonly reason?: TarballReason;
  declare readonly maxBytes?: number;
  declare readonly cap?: number;
  declare readonly allow?: string;
  declare readonly headers?: Record<string, string>;

  constructor(code: ErrorCode, options: ApiErrorOptions = {}) {
    const { cause, ...details } = options;
    super(code, cause === undefined ? undefined : { cause });
    this.name = "ApiError";
    this.code = code;
    // Left out rather than undefined: the envelope has a key only for a value.
    for (const [name, value] of Object.entries(details)) if (value !== undefined) Object.assign(this, { [name]: value });
  }
}

/** For `.catch` on a query of the platform database. @throws ApiError `lookup_failed` */
export function lookupFailed(cause: unknown): never {
  throw new ApiError("lookup_failed", { cause });
}
