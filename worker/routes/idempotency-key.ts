/** The `Idempotency-Key` of routes that make something. */
import { z } from "@hono/zod-openapi";
import { ANONYMOUS_KEY_MIN_CHARACTERS, IDEMPOTENCY_KEY_MAX_CHARACTERS, UUID_PATTERN } from "../../contract/names.ts";
import type { Actor } from "../context.ts";
import { ApiError } from "../errors.ts";
import { field } from "./field.ts";

const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

export const idempotencyHeaders = z.object({
  "Idempotency-Key": field(
    z.string().optional().openapi({
      description:
        "Makes a retry safe: the same key and body answer alike for 24 hours. A UUID, or at least 32 characters. See /docs/idempotency.",
      // No example: a published key is a guessable one, and the interactive reference would send it.
    }),
    { invalid: "invalid_idempotency_key", reads: z.string().max(IDEMPOTENCY_KEY_MAX_CHARACTERS).regex(PRINTABLE_ASCII).optional() },
  ),
});

/**
 * Callers behind one address share their keys, and a guessed key would return another caller's answer: an anonymous key is long.
 * @returns the key, or null without the header @throws ApiError `invalid_idempotency_key`
 */
export function idempotencyKeyFor({ kind }: Actor, { "Idempotency-Key": key }: z.output<typeof idempotencyHeaders>): string | null {
  if (key === undefined) return null;
  if (kind === "anonymous" && !UUID_PATTERN.test(key) && key.length < ANONYMOUS_KEY_MIN_CHARACTERS) {
    throw new ApiError("invalid_idempotency_key", { detail: `must be a UUID or at least ${ANONYMOUS_KEY_MIN_CHARACTERS} characters` });
  }
  return key;
}
