/**
 * Names that both sides use: resource kinds, engines, and the rules for the names that callers give.
 */
import { z } from "zod";

/** The kinds of resources. `resource_type` shows this value. */
export const RESOURCE_KINDS = ["postgres", "vector", "redis", "mongodb", "queue", "storage", "webhook"] as const;
export const resourceKindSchema = z.enum(RESOURCE_KINDS);
export type ResourceKind = z.infer<typeof resourceKindSchema>;

/** The program that serves a kind. Several kinds can share one engine; a webhook inbox needs none. */
export const ENGINES = ["postgres", "redis", "mongodb", "nats", "s3"] as const;
export const engineSchema = z.enum(ENGINES);
export type EngineName = z.infer<typeof engineSchema>;

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

/** The secret that a rotation changes; null for a kind whose secret cannot change. */
export type ChangeableSecret = "password" | "keys" | null;
