/** Error answers, with MongoDB's codes, so that drivers handle them as usual. */

const NAMES = {
  1: "InternalError",
  2: "BadValue",
  6: "HostUnreachable",
  9: "FailedToParse",
  11: "UserNotFound",
  13: "Unauthorized",
  18: "AuthenticationFailed",
  20: "IllegalOperation",
  31: "RoleNotFound",
  43: "CursorNotFound",
  50: "MaxTimeMSExpired",
  59: "CommandNotFound",
  73: "InvalidNamespace",
  91: "ShutdownInProgress",
  112: "WriteConflict",
  115: "CommandNotSupported",
  352: "UnsupportedOpQueryCommand",
  8000: "AtlasError",
  11601: "Interrupted",
  14031: "OutOfDiskSpace",
  51002: "Location51002",
  51003: "Location51003",
} as const;

export class CommandError extends Error {
  readonly code: number;

  constructor(code: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "CommandError";
    this.code = code;
  }
}

/** The answer for an error. An unexpected error is not described. */
export function errorAnswer(error: unknown): Record<string, unknown> {
  const { code, message } = error instanceof CommandError ? error : new CommandError(1, "the stand-in failed in a way it did not foresee");
  return { ok: 0, errmsg: message, code, codeName: code in NAMES ? NAMES[code as keyof typeof NAMES] : `Location${code}` };
}
