/** Reads a request body as one JSON object. */
import { ApiError } from "../errors.ts";
import { readBody } from "./read-body.ts";

export const JSON_BODY_MAX_BYTES = 64 * 1024;
/** Our requests nest three levels deep at most. The bound keeps recursive code from overflowing the stack. */
const NESTING_MAX = 32;

/** Types that curl and simple clients send by default. */
const TAKEN_AS_JSON = new Set(["", "application/json", "text/plain", "application/x-www-form-urlencoded"]);

export type JsonObject = Record<string, unknown>;

/**
 * An empty body is an empty object.
 * @throws ApiError `unsupported_media_type`, `payload_too_large` or `invalid_body`
 */
export async function readJsonObject(request: Request): Promise<JsonObject> {
  if (!isTakenAsJson(request.headers.get("content-type"))) throw new ApiError("unsupported_media_type");
  const bytes = await readBody(request, JSON_BODY_MAX_BYTES);
  const value = bytes.length === 0 ? {} : parse(bytes);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || isDeeperThan(value, NESTING_MAX)) throw new ApiError("invalid_body");
  // JSON.parse creates own properties only, so "__proto__" is an ordinary key. No code copies bodies by assignment.
  return value as JsonObject;
}

function isTakenAsJson(contentType: string | null): boolean {
  const type = (contentType?.split(";")[0] ?? "").trim().toLowerCase();
  return TAKEN_AS_JSON.has(type) || /^application\/[^/\s]+\+json$/.test(type);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new ApiError("invalid_body", { cause });
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

/** The same text for equal values with keys in any order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
