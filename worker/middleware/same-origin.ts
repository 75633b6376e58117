/**
 * Refuses what another site has a browser send in our user's name. Browsers say where a request comes from; a request that says
 * nothing of it comes from no browser (curl). Source: PRODUCT "sessions and keys".
 */
import type { Config } from "../env.ts";
import { ApiError } from "../errors.ts";
import type { AppContext } from "../http.ts";

/** `none`: typed or bookmarked by the person himself. */
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

/** Reading changes nothing, and no other site can read what comes back. */
export function isWrite(method: string): boolean {
  return !READS.has(method);
}

/** On one machine a person may open the same server as localhost or by its number. */
function ownOrigins({ publicUrl, environment }: Config, requestUrl: string): string[] {
  const own = new URL(publicUrl).origin;
  return environment === "development" ? [own, new URL(requestUrl).origin] : [own];
}
