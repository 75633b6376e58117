/** Reads the credential of a request: a bearer, or the session cookie. A bearer takes precedence: it was sent deliberately. */
import { parse } from "hono/utils/cookie";
import { SESSION_COOKIE } from "../../contract/accounts.ts";
import { ApiError } from "../errors.ts";
import type { Credential } from "../services/auth/authenticate.ts";

/** RFC 6750, 2.1; the scheme in any case (RFC 9110, 11.1). */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** @throws ApiError `unauthorized` for an Authorization header that is not a bearer */
export function readCredential(headers: Headers): Credential | null {
  return readBearer(headers) ?? readCookie(headers);
}

function readBearer(headers: Headers): Credential | null {
  const header = headers.get("authorization");
  if (header === null) return null;
  const [, text] = BEARER.exec(header.trim()) ?? [];
  if (text === undefined) throw new ApiError("unauthorized", { errorCode: "malformed_token" });
  return { via: "bearer", text };
}

/** @returns null also for an empty cookie: sign-out empties the cookie to delete it */
function readCookie(headers: Headers): Credential | null {
  const text = parse(headers.get("cookie") ?? "", SESSION_COOKIE)[SESSION_COOKIE];
  return text ? { via: "cookie", text } : null;
}
