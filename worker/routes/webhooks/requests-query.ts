/** The query of the routes that read an inbox. */
import { z } from "@hono/zod-openapi";
import { REQUEST_ID_PATTERN } from "../../../contract/webhook-inbox.ts";
import { parameter } from "../field.ts";

const WHOLE_NUMBER = /^\d{1,9}$/;
/** RFC 3339 with a zone: a time without one would mean another moment in every place. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

type Documented = z.ZodOptional<z.ZodString>;

/** A number, which the document shows as text. */
export function wholeNumber(documented: Documented, { least, most }: { least: number; most: number }) {
  const reads = z
    .string()
    .refine((text) => WHOLE_NUMBER.test(text))
    .transform(Number)
    .refine((number) => number >= least && number <= most);
  return parameter(documented, `must be a whole number from ${least} to ${most}`, reads.optional());
}

export function requestId(documented: Documented) {
  const reads = z.string().regex(REQUEST_ID_PATTERN).optional();
  return parameter(documented, "must be the id of a request, such as req_06c3f5a1b2c3d4", reads);
}

type Since = { after: string | null; sinceMs: number | null };

/** The id of a request (what came after it), or a moment (what came then or later). */
export function since(documented: Documented) {
  const id = z
    .string()
    .regex(REQUEST_ID_PATTERN)
    .transform((after): Since => ({ after, sinceMs: null }));
  const moment = z
    .string()
    .regex(MOMENT)
    .transform((text) => Date.parse(text))
    .refine((sinceMs) => !Number.isNaN(sinceMs))
    .transform((sinceMs): Since => ({ after: null, sinceMs }));
  return parameter(documented, "must be the id of a request, or a time such as 2026-11-20T08:00:00Z", z.union([id, moment]).optional());
}
