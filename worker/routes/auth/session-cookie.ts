/** Sets and clears the session cookie, always with the same attributes. */
import { deleteCookie, setCookie } from "hono/cookie";
import { SESSION_COOKIE, SESSION_LIFETIME_SECONDS } from "../../../contract/accounts.ts";
import type { AppContext } from "../../http.ts";

const ATTRIBUTES = { path: "/", httpOnly: true, secure: true, sameSite: "Lax" } as const;

export function setSessionCookie(c: AppContext, jwt: string): void {
  setCookie(c, SESSION_COOKIE, jwt, { ...ATTRIBUTES, maxAge: SESSION_LIFETIME_SECONDS });
}

export function clearSessionCookie(c: AppContext): void {
  deleteCookie(c, SESSION_COOKIE, ATTRIBUTES);
}
