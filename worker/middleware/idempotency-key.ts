/** The caller's `Idempotency-Key`. Source: PRODUCT "replays". */
import { ANONYMOUS_KEY_MIN_CHARACTERS, IDEMPOTENCY_KEY_MAX_CHARACTERS, UUID_PATTERN } from "../../contract/names.ts";
import type { Actor } from "../context.ts";
import { ApiError } from "../errors.ts";

const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

/** @returns the key, or null without the header @throws ApiError `invalid_idempotency_key` */
export function readIdempotencyKey(headers: Headers, actor: Actor): string | null {
  const key = headers.get("idempotency-key");
  if (key === null) return null;
  if (key.length > IDEMPOTENCY_KEY_MAX_CHARACTERS || !PRINTABLE_ASCII.test(key)) throw new ApiError("invalid_idempotency_key");
  // Callers behind one address share a scope: whoever guesses a key there would read its answer.
  if (actor.kind === "anonymous" && !UUID_PATTERN.test(key) && key.length < ANONYMOUS_KEY_MIN_CHARACTERS) {
    throw new ApiError("invalid_idempotency_key", { detail: `must be a UUID or at least ${ANONYMOUS_KEY_MIN_CHARACTERS} characters` });
  }
  return key;
}
