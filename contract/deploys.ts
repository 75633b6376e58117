/**
 * Deployments: what Worker and bridge agree on. A *service* is what a caller deploys; each build or rollback of it is a *release*; a
 * change that takes longer than a request is an *operation* (operations.ts). docs/deploys.md follows one deploy through the system.
 */
import { z } from "zod";

/** `deleted` rows answer 404 and are not a status that callers see. */
export const SERVICE_STATUSES = ["building", "deploying", "healthy", "failed", "stopped", "expired", "deleting", "deleted"] as const;
export const serviceStatusSchema = z.enum(SERVICE_STATUSES);
export type ServiceStatus = z.infer<typeof serviceStatusSchema>;

/** The host name's first label: a name, not a credential. */
export const APP_ID_PATTERN = /^[a-z][a-z0-9]{7}$/;
export const appIdSchema = z.string().regex(APP_ID_PATTERN);

export const PORT_DEFAULT = 8080;
/** Ports below 1024 need a right that containers do not have. */
export const PORT_MIN = 1_024;
export const PORT_MAX = 65_535;
export const appPortSchema = z.number().int().min(1).max(PORT_MAX);

const MIB = 1_048_576;
/** The limits of an uploaded source. */
export const SOURCE_MAX_BYTES = 50 * MIB;
export const SOURCE_UNPACKED_MAX_BYTES = 512 * MIB;
export const SOURCE_ENTRIES_MAX = 20_000;

/** Why a tarball was refused: the `reason` of a 400 `invalid_tarball`. */
export const TARBALL_REASONS = [
  "not_gzip",
  "truncated",
  "unsafe_path",
  "unsafe_link",
  "device",
  "too_many_entries",
  "too_large_unpacked",
  "duplicate_entry",
  "bad_header",
] as const;
export const tarballReasonSchema = z.enum(TARBALL_REASONS);
export type TarballReason = z.infer<typeof tarballReasonSchema>;

/** How a source is built: by its own Dockerfile, or by one that the bridge writes for what it recognizes. */
export const RECIPES = ["dockerfile", "node", "python", "static"] as const;
export const recipeSchema = z.enum(RECIPES);
export type Recipe = z.infer<typeof recipeSchema>;

/** A stored source, referred to by its id. */
export const sourceSchema = z.strictObject({
  id: z.uuid(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().min(1).max(SOURCE_MAX_BYTES),
  recipe: recipeSchema,
});
export type Source = z.infer<typeof sourceSchema>;

/** Why a deploy failed. The list is closed; docs/deploys.md explains each. */
export const FAILURE_REASONS = [
  "build_failed",
  "build_timeout",
  "image_not_found",
  "port_mismatch",
  "crash_loop",
  "out_of_memory",
  "disk_full",
  "not_ready",
  "binding_missing",
  "vault_key_missing",
  "internal",
] as const;
export const failureReasonSchema = z.enum(FAILURE_REASONS);
export type FailureReason = z.infer<typeof failureReasonSchema>;

export const FAILURE_LINES_MAX_CHARACTERS = 4_000;
const FAILURE_TEXT_MAX_CHARACTERS = 500;

export const failureSchema = z.strictObject({
  reason: failureReasonSchema,
  /** What happened, in one sentence. */
  event: z.string().max(FAILURE_TEXT_MAX_CHARACTERS),
  /** What to change. */
  hint: z.string().max(FAILURE_TEXT_MAX_CHARACTERS),
  exit_code: z.number().int().nullable(),
  /** The end of the log that explains it, lines separated by \n. */
  last_lines: z.string().max(FAILURE_LINES_MAX_CHARACTERS),
  occurred_at: z.iso.datetime(),
});
export type Failure = z.infer<typeof failureSchema>;

/** What the runner enforces for one container. */
export const containerLimitsSchema = z.strictObject({
  memory_mb: z.number().int().min(16),
  cpu: z.number().min(0.05),
  disk_mb: z.number().int().min(16),
});
export type ContainerLimits = z.infer<typeof containerLimitsSchema>;

export const ALLOWED_IPS_MAX = 32;
/** Who may call the URL. With `is_private`, only the addresses and networks (CIDR) of `allowed_ips`. */
export const routeAccessSchema = z.strictObject({ is_private: z.boolean(), allowed_ips: z.array(z.string().max(64)).max(ALLOWED_IPS_MAX) });
export type RouteAccess = z.infer<typeof routeAccessSchema>;

export const VARIABLE_NAME_PATTERN = /^[A-Z_][A-Z0-9_]*$/;
/** All names and values of one service together, as JSON. */
export const VARIABLES_MAX_BYTES = 65_536;
export const variablesSchema = z.record(z.string().regex(VARIABLE_NAME_PATTERN), z.string());
export type Variables = z.infer<typeof variablesSchema>;

/** How many releases of a service keep their image and build log. */
export const RELEASES_KEPT = 5;
