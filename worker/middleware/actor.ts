/**
 * Who acts. Without a credential: anonymous. A credential that is present but bad is refused, never quietly ignored: its sender
 * believes in an account. Later: resource holder, API key, session.
 */
import type { MiddlewareHandler } from "hono";
import type { AuthErrorCode } from "../../contract/errors.ts";
import { TokenError, type Tokens } from "../crypto/tokens.ts";
import { ApiError } from "../errors.ts";
import type { AppEnv } from "../http.ts";

/** RFC 6750, 2.1; the scheme in any case (RFC 9110, 11.1). */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

export function actor(tokens: Tokens): MiddlewareHandler<AppEnv> {
  return async function actor(c, next) {
    const header = c.req.raw.headers.get("authorization");
    if (c.var.matched.endpoint?.access === "optional_bearer" && header !== null) throw await refusal(header, tokens);
    await next();
  };
}

async function refusal(header: string, tokens: Tokens): Promise<ApiError> {
  const [, bearer] = BEARER.exec(header.trim()) ?? [];
  if (bearer === undefined) return new ApiError("unauthorized", { errorCode: "malformed_token" });
  try {
    await tokens.verifyClaimable(bearer);
    // A valid upgrade or claim JWT opens its own resource; it is no account to create with.
    return new ApiError("unauthorized", { errorCode: "invalid_claims" });
  } catch (cause) {
    return new ApiError("unauthorized", { errorCode: errorCodeOf(cause), cause });
  }
}

const ERROR_CODES = { malformed: "malformed_token", expired: "expired_token", invalid: "invalid_claims" } as const satisfies Record<
  TokenError["reason"],
  AuthErrorCode
>;

function errorCodeOf(cause: unknown): AuthErrorCode {
  if (cause instanceof TokenError) return ERROR_CODES[cause.reason];
  throw cause;
}
