/**
 * The fixed response of an inbox, as its creator asks for it. It is served from the API's own origin: no HTML, no cookie, no redirect,
 * and no field but these three.
 */
import { z } from "@hono/zod-openapi";
import { FIXED_CONTENT_TYPES, FIXED_RESPONSE_MAX_BYTES, type FixedResponse } from "../../../contract/webhook-inbox.ts";

const WITHOUT_BODY = new Set([204, 205]);
const DEFAULT_STATUS = 200;

const STATUS = "takes a status from 200 to 299 or 400 to 599; it cannot redirect";
const TYPE = `takes a content_type of ${FIXED_CONTENT_TYPES.join(", ")}`;

/** Each `error` completes the message of `invalid_response`. */
export const requestedResponseSchema = z
  .strictObject(
    {
      status: z
        .number(STATUS)
        .int(STATUS)
        .refine((status) => (status >= 200 && status < 300) || (status >= 400 && status < 600), STATUS)
        .default(DEFAULT_STATUS),
      content_type: z.enum(FIXED_CONTENT_TYPES, TYPE).default("text/plain"),
      body: z.string("takes a body that is a text").default(""),
    },
    "takes status, content_type and body, nothing else",
  )
  .transform(({ status, content_type: contentType, body }): FixedResponse => ({ status, contentType, body }))
  .superRefine((response, context) => {
    const complaint = complaintAbout(response);
    if (complaint !== null) context.addIssue({ code: "custom", message: complaint });
  });

function complaintAbout({ status, contentType, body }: FixedResponse): string | null {
  if (WITHOUT_BODY.has(status) && body !== "") return `takes no body with status ${status}`;
  if (!body.isWellFormed() || new TextEncoder().encode(body).byteLength > FIXED_RESPONSE_MAX_BYTES) {
    return `takes a body of at most ${FIXED_RESPONSE_MAX_BYTES} bytes of UTF-8`;
  }
  return body === "" || looksLike(contentType, body) ? null : `takes a body that is ${contentType}`;
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
