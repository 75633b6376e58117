/**
 * The variables of the object store that the Worker and the bridge both read: the bridge makes credentials, the Worker presigns URLs.
 * Each variable may be absent. Each side says which ones it needs and adds its own. See docs/configuration.md.
 */
import { z } from "zod";

export const OBJECT_STORE_BACKENDS = ["s3", "minio", "ceph", "r2", "do-spaces"] as const;
export type ObjectStoreBackend = (typeof OBJECT_STORE_BACKENDS)[number];

const SECONDS_MIN = 900;
const SECONDS_MAX = 43_200;
/** Equals the longest lifetime of a presigned URL, so that no credential outlives an hour. */
const SECONDS_DEFAULT = 3_600;

/** An http(s) URL without a slash at its end. */
export const httpUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ""));

export const sharedObjectStoreVariables = {
  OBJECT_STORE_BACKEND: z
    .enum(OBJECT_STORE_BACKENDS)
    .optional()
    .describe(`one of ${OBJECT_STORE_BACKENDS.join(", ")}, or empty`),
  /** The address that tenants use. */
  OBJECT_STORE_ENDPOINT: httpUrl.optional().describe("an http(s) URL or empty"),
  OBJECT_STORE_REGION: z.string().min(1).optional(),
  OBJECT_STORE_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
    .optional()
    .describe("a bucket's name or empty"),
  OBJECT_STORE_ACCESS_KEY_ID: z.string().min(1).optional(),
  OBJECT_STORE_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  /** The lifetime of a tenant's temporary keys. */
  OBJECT_STORE_CREDENTIALS_SECONDS: z.coerce
    .number()
    .int()
    .min(SECONDS_MIN)
    .max(SECONDS_MAX)
    .default(SECONDS_DEFAULT)
    .describe(`whole seconds from ${SECONDS_MIN} to ${SECONDS_MAX}`),
};
