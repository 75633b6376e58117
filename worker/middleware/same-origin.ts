/**
 * Refuses requests that another site makes a browser send with our user's session. Browsers declare the origin of a request; a request
 * without it does not come from a browser (curl).
 */
import type { Config } from "../env.ts";
import { ApiError } from "../errors.ts";
import type { AppContext } from "../http.ts";

/** `none`: the person typed the address or used a bookmark. */
const OWN_SITES = new Set(["same-origin", "none"]);
const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/** @throws ApiError `foreign_origin` */
export function requireOwnOrigin(c: AppContext): void {
  const { headers, url } = c.req.raw;
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  if (site !== null && !OWN_SITES.has(site.toLowerCase())) throw new ApiError("foreign_origin");
  if (origin !== null && !ownOrigins(c.var.ctx.deps.config, url).includes(origin)) throw new ApiError("foreign_origin");
}

/** Reads change nothing, and other sites cannot see the answer. */
export function isWrite(method: string): boolean {
  return !READS.has(method);
}

/** In development a person may open the same server as localhost or by its address. */
function ownOrigins({ publicUrl, environment }: Config, requestUrl: string): string[] {
  const own = new URL(publicUrl).origin;
  return environment === "development" ? [own, new URL(requestUrl).origin] : [own];
}
