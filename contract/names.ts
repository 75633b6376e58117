/** The rules for what callers may name things. */
import { z } from "zod";

export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9 _-]*$/;
export const NAME_MAX_CHARACTERS = 64;

/** The label of a resource. Surrounding white space is removed. */
export const nameSchema = z.string().trim().min(1).max(NAME_MAX_CHARACTERS).regex(NAME_PATTERN);

export const ENV_PATTERN = /^[a-z0-9-]{1,32}$/;
export const ENV_DEFAULT = "development";
/** A label for the caller's own environments. It changes neither limits nor isolation. */
export const envSchema = z.string().regex(ENV_PATTERN);

export const IDEMPOTENCY_KEY_MAX_CHARACTERS = 255;
/** An anonymous key must be unguessable: a UUID, or at least this long. */
export const ANONYMOUS_KEY_MIN_CHARACTERS = 32;
export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const resourceIdSchema = z.uuid();
