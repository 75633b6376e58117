/**
 * The object key a caller names under its prefix. A key that could be read as a path out of it, by anybody and after any decoding, is
 * refused and not cleaned. Source: PRODUCT "presign", live-api 5.10.
 */
import { ApiError } from "../../errors.ts";

/** S3 takes 1024 bytes in all; the prefix and its slash take less than the rest. */
const KEY_MAX_BYTES = 1_000;
/** Each round takes one layer of encoding away; whoever stacks more is refused. */
const DECODINGS_MAX = 8;

/** @returns the key as it is @throws ApiError `invalid_key`, `path_unsafe` */
export function readObjectKey(value: unknown): string {
  if (typeof value !== "string" || value === "" || !value.isWellFormed()) throw new ApiError("invalid_key");
  if (new TextEncoder().encode(value).length > KEY_MAX_BYTES) throw new ApiError("invalid_key");
  if (!isPlainPath(value)) throw new ApiError("path_unsafe");
  return value;
}

function isPlainPath(key: string): boolean {
  let decoded = key;
  for (let round = 0; round <= DECODINGS_MAX; round += 1) {
    if (!hasPlainSegments(decoded)) return false;
    const next = decodeOnce(decoded);
    if (next === decoded) return true;
    decoded = next;
  }
  return false;
}

/** A backslash separates, too, and a NUL ends, for somebody. */
function hasPlainSegments(path: string): boolean {
  return !path.includes("\0") && path.split(/[/\\]/).every((segment) => !["", ".", ".."].includes(segment.trim()));
}

/** Percent, "%u002e", and characters in more bytes than they need ("%c0%ae" was a dot to more than one server). */
function decodeOnce(text: string): string {
  return text
    .replaceAll(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/[\xc0\xc1]([\x80-\xbf])/g, (pair, last: string) => overlong(pair.charCodeAt(0) & 0x1f, last))
    .replaceAll(/\xe0([\x80\x81])([\x80-\xbf])/g, (_, middle: string, last: string) => overlong(middle.charCodeAt(0) & 0x3f, last))
    .replaceAll(/\xf0\x80([\x80\x81])([\x80-\xbf])/g, (_, middle: string, last: string) => overlong(middle.charCodeAt(0) & 0x3f, last));
}

function overlong(high: number, last: string): string {
  return String.fromCharCode((high << 6) | (last.charCodeAt(0) & 0x3f));
}
