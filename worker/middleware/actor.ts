/**
 * Who acts. Without a credential: anonymous. A credential that is present but bad is refused, never quietly ignored: its sender
 * believes in an account. An upgrade JWT opens its own resource, where the endpoint is about one. Later: API key, session.
 */
import type { MiddlewareHandler } from "hono";
import type { AuthErrorCode } from "../../contract/errors.ts";
import type { Actor } from "../context.ts";
import { type Claimable, TokenError, type Tokens } from "../crypto/tokens.ts";
import { ApiError } from "../errors.ts";
import type { AppEnv, Endpoint } from "../http.ts";

/** RFC 6750, 2.1; the scheme in any case (RFC 9110, 11.1). */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

const RULES: Record<Endpoint["access"], { looks: boolean; needs: boolean; takesHolders: boolean }> = {
  open: { looks: false, needs: false, takesHolders: false },
  optional_bearer: { looks: true, needs: false, takesHolders: false },
  resource: { looks: true, needs: true, takesHolders: true },
  optional_resource: { looks: true, needs: false, takesHolders: true },
};

export function actor(tokens: Tokens): MiddlewareHandler<AppEnv> {
  return async function actor(c, next) {
    const rules = RULES[c.var.matched.endpoint?.access ?? "open"];
    const header = c.req.raw.headers.get("authorization");
    if (rules.looks && header === null && rules.needs) throw new ApiError("unauthorized", { errorCode: "missing_credentials" });
    if (rules.looks && header !== null) c.var.ctx.actor = actorOf(await claimsOf(header, tokens), rules.takesHolders);
    await next();
  };
}

/** A claim-only JWT opens nothing; an upgrade JWT is no account. @throws ApiError `unauthorized` */
function actorOf(claims: Claimable, takesHolders: boolean): Actor {
  if (claims.kind !== "upgrade" || !takesHolders) throw new ApiError("unauthorized", { errorCode: "invalid_claims" });
  return { kind: "holder", resourceToken: claims.resourceToken };
}

/** @throws ApiError `unauthorized` */
async function claimsOf(header: string, tokens: Tokens): Promise<Claimable> {
  const [, bearer] = BEARER.exec(header.trim()) ?? [];
  if (bearer === undefined) throw new ApiError("unauthorized", { errorCode: "malformed_token" });
  try {
    return await tokens.verifyClaimable(bearer);
  } catch (cause) {
    throw new ApiError("unauthorized", { errorCode: errorCodeOf(cause), cause });
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
