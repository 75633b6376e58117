/**
 * The fixed response of an inbox, as its creator asks for it. It is served from the API's own origin: so no HTML, no cookie, no
 * redirect, nothing but the three fields here. Source: issue "Every kind of resource" 5.
 */
import { z } from "@hono/zod-openapi";
import { FIXED_CONTENT_TYPES, FIXED_RESPONSE_MAX_BYTES, type FixedResponse } from "../../../contract/webhook-inbox.ts";
import { ApiError } from "../../errors.ts";

const WITHOUT_BODY = new Set([204, 205]);
const DEFAULT_STATUS = 200;

const requestedSchema = z.strictObject({
  status: z
    .number()
    .int()
    .refine((status) => (status >= 200 && status < 300) || (status >= 400 && status < 600))
    .default(DEFAULT_STATUS),
  content_type: z.enum(FIXED_CONTENT_TYPES).default("text/plain"),
  body: z.string().default(""),
});

const COMPLAINTS: Record<string, string> = {
  status: "takes a status from 200 to 299 or 400 to 599; it cannot redirect",
  content_type: `takes a content_type of ${FIXED_CONTENT_TYPES.join(", ")}`,
  body: "takes a body that is a text",
};

/** @returns null when none is asked for @throws ApiError `invalid_response` that says which rule it breaks */
export function readFixedResponse(value: unknown): FixedResponse | null {
  if (value === undefined || value === null) return null;
  const parsed = requestedSchema.safeParse(value);
  if (!parsed.success)
    throw refusal(COMPLAINTS[String(parsed.error.issues[0]?.path[0])] ?? "takes status, content_type and body, nothing else");
  const { status, content_type: contentType, body } = parsed.data;
  if (WITHOUT_BODY.has(status) && body !== "") throw refusal(`takes no body with status ${status}`);
  if (!body.isWellFormed() || new TextEncoder().encode(body).byteLength > FIXED_RESPONSE_MAX_BYTES) {
    throw refusal(`takes a body of at most ${FIXED_RESPONSE_MAX_BYTES} bytes of UTF-8`);
  }
  if (body !== "" && !looksLike(contentType, body)) throw refusal(`takes a body that is ${contentType}`);
  return { status, contentType, body };
}

function looksLike(contentType: FixedResponse["contentType"], body: string): boolean {
  if (contentType === "application/xml") return body.trimStart().startsWith("<");
  return contentType === "text/plain" || isJson(body);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function refusal(detail: string): ApiError {
  return new ApiError("invalid_response", { detail });
}
