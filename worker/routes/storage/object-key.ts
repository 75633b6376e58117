/**
 * The object key a caller names under its prefix. A key that any reader could take for a path out of the prefix, after any decoding, is
 * refused and not cleaned.
 */
import { z } from "@hono/zod-openapi";

/** S3 takes 1024 bytes in all; the prefix and its slash take less than the rest. */
const KEY_MAX_BYTES = 1_000;
/** Each round removes one layer of encoding. A key with more layers is refused. */
const DECODINGS_MAX = 8;

/** The `error` of each check is the code a caller gets. */
export const objectKeySchema = z
  .string("invalid_key")
  .refine((key) => key !== "" && key.isWellFormed() && new TextEncoder().encode(key).length <= KEY_MAX_BYTES, {
    error: "invalid_key",
    abort: true,
  })
  .refine(isPlainPath, "path_unsafe");

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

/** Some readers take a backslash for a separator, and a NUL for the end. */
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
