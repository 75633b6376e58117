/** The query of the routes that read an inbox. */
import { LIST_DEFAULT, LIST_MAX, REQUEST_ID_PATTERN, WAIT_DEFAULT_SECONDS, WAIT_MAX_SECONDS } from "../../../contract/webhook-inbox.ts";
import { ApiError } from "../../errors.ts";

type Query = Readonly<Record<string, string | undefined>>;

const WHOLE_NUMBER = /^\d{1,9}$/;
/** RFC 3339 with a zone; what has none would mean another moment in every place. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** @throws ApiError `invalid_query` */
export function readLimit({ limit }: Query): number {
  return wholeNumber("limit", limit, { least: 1, most: LIST_MAX }) ?? LIST_DEFAULT;
}

/** @returns milliseconds @throws ApiError `invalid_query` */
export function readWaitMs({ wait }: Query): number {
  return (wholeNumber("wait", wait, { least: 0, most: WAIT_MAX_SECONDS }) ?? WAIT_DEFAULT_SECONDS) * 1000;
}

/** @throws ApiError `invalid_query` */
export function readRequestId(name: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  if (!REQUEST_ID_PATTERN.test(value)) throw refusal(`"${name}" must be the id of a request, such as req_06c3f5a1b2c3d4`);
  return value;
}

/** The id of a request (what came after it), or a moment (what came then or later). @throws ApiError `invalid_query` */
export function readSince({ since }: Query): { after: string | null; sinceMs: number | null } {
  if (since === undefined) return { after: null, sinceMs: null };
  if (REQUEST_ID_PATTERN.test(since)) return { after: since, sinceMs: null };
  const sinceMs = MOMENT.test(since) ? Date.parse(since) : Number.NaN;
  if (Number.isNaN(sinceMs)) throw refusal(`"since" must be the id of a request, or a time such as 2026-11-20T08:00:00Z`);
  return { after: null, sinceMs };
}

function wholeNumber(name: string, value: string | undefined, { least, most }: { least: number; most: number }): number | null {
  if (value === undefined) return null;
  const number = WHOLE_NUMBER.test(value) ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most)) throw refusal(`"${name}" must be a whole number from ${least} to ${most}`);
  return number;
}

function refusal(detail: string): ApiError {
  return new ApiError("invalid_query", { detail });
}
