/** Static files. The store behind `ASSETS` may not know content types (a plain folder on one machine). */

import { ApiError } from "../../errors.ts";
import type { AppContext } from "../../http.ts";

const CONTENT_TYPES: Record<string, string> = {
  svg: "image/svg+xml",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
};

/** One or more plain names; no hidden file and no "..". */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_-]+)+\.([a-z]+)$/;

/** @param path from the root of the assets, e.g. "/docs/style.css" @throws ApiError `not_found` */
export async function staticFile(c: AppContext, path: string, maxAgeSeconds: number): Promise<Response> {
  const contentType = CONTENT_TYPES[PLAIN_PATH.exec(path)?.[1] ?? ""];
  if (!contentType) throw new ApiError("not_found");
  // The store reads the path only; a URL needs some host.
  const found = await c.var.ctx.deps.assets.fetch(new Request(`https://assets.invalid${path}`));
  if (!found.ok) throw new ApiError("not_found");
  return new Response(found.body, { headers: { "Content-Type": contentType, "Cache-Control": `public, max-age=${maxAgeSeconds}` } });
}
