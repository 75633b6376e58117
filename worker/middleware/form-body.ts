/** Reads the fields of a form that a browser posts. */
import { ApiError } from "../errors.ts";
import { readBody } from "./read-body.ts";

/** Our forms hold a token and an address. */
const FORM_MAX_BYTES = 16 * 1024;
const FORM_TYPE = "application/x-www-form-urlencoded";

/** @throws ApiError `unsupported_media_type` or `payload_too_large` */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== FORM_TYPE) throw new ApiError("unsupported_media_type");
  return new URLSearchParams(new TextDecoder().decode(await readBody(request, FORM_MAX_BYTES)));
}
