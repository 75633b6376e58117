/**
 * Signed jobs: the requests that the Worker sends to the bridge, and the bridge's answers.
 * A job is a signed message (signed-message.ts), posted as text to `POST /v1/jobs`.
 */
import { z } from "zod";
import { engineSchema } from "./engines.ts";
import { resourceIdSchema } from "./names.ts";
import { registeredClaims } from "./signed-message.ts";

export const JOB_ISSUER = "instanode-worker";
/** The bridge refuses a job whose lifetime is longer than this, and a job that has expired. */
export const JOB_LIFETIME_MAX_SECONDS = 60;
export const JOBS_PATH = "/v1/jobs";
export const JOB_CONTENT_TYPE = "application/jwt";
/** A compact JWS longer than this is not a job. */
export const JOB_MAX_BYTES = 65_536;

/** -1 means "no limit", as in plans.yaml. */
const limitSchema = z.number().int().min(-1);

/** What the engine itself enforces for one tenant. -1 where the engine has no such limit. */
export const tenantLimitsSchema = z.strictObject({ connections: limitSchema, storage_mb: limitSchema, streams: limitSchema.optional() });
export type TenantLimits = z.infer<typeof tenantLimitsSchema>;

/**
 * What a tenant may do. `read_only`: it stores far more than its limit. It may read, and it may delete where the engine can tell
 * deletes from writes, so that it can get below the limit again. `none`: its logins are refused. See docs/limits.md.
 */
export const ACCESSES = ["full", "read_only", "none"] as const;
export const accessSchema = z.enum(ACCESSES);
export type Access = z.infer<typeof accessSchema>;

const target = {
  engine: engineSchema,
  resource_id: resourceIdSchema,
  /** Grows with every change of a resource. The bridge refuses a generation older than the newest it has seen. */
  generation: z.number().int().min(1),
};

export const createArgsSchema = z.strictObject({ ...target, limits: tenantLimitsSchema });
export const dropArgsSchema = z.strictObject(target);
export const rotateArgsSchema = z.strictObject({ ...target, rotation: z.number().int().min(1) });
export const limitArgsSchema = z.strictObject({ ...target, limits: tenantLimitsSchema, access: accessSchema });
/** Asks again for an existing tenant's credentials; expiring ones are issued anew. Changes nothing, so it has no generation. */
export const grantArgsSchema = z.strictObject({ engine: engineSchema, resource_id: resourceIdSchema });
export const LIST_MAX_ROWS = 500;
export const listArgsSchema = z.strictObject({
  engine: engineSchema,
  /** Lists only tenants created at least this long ago, so that a create in progress is left out. */
  older_than_seconds: z.number().int().min(0),
  /** The `next` of the previous page. */
  after: resourceIdSchema.nullable(),
  limit: z.number().int().min(1).max(LIST_MAX_ROWS),
});

export const jobSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("create"), args: createArgsSchema }),
  z.strictObject({ kind: z.literal("drop"), args: dropArgsSchema }),
  z.strictObject({ kind: z.literal("rotate"), args: rotateArgsSchema }),
  z.strictObject({ kind: z.literal("limit"), args: limitArgsSchema }),
  z.strictObject({ kind: z.literal("grant"), args: grantArgsSchema }),
  z.strictObject({ kind: z.literal("list"), args: listArgsSchema }),
]);
export type Job = z.infer<typeof jobSchema>;
export type JobKind = Job["kind"];
export type JobOf<K extends JobKind> = Extract<Job, { kind: K }>;

/** The claims of a job's JWS. */
export const jobClaimsSchema = z.object({ ...registeredClaims, iss: z.literal(JOB_ISSUER), args: z.unknown() });

/** The credentials of a tenant. Secret: never logged, never journaled. */
export const grantSchema = z.object({
  connection_url: z.string().min(1),
  internal_url: z.string().min(1),
  rotation: z.number().int().min(0),
  /** Credentials beside the two URLs, e.g. a key prefix. Each kind parses its own. */
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Grant = z.infer<typeof grantSchema>;

export const outcomeSchemas = {
  /** The bridge has connected with the credentials. `cold` is true when no ready-made tenant was available. */
  create: z.object({ ok: z.literal(true), state: z.literal("active"), grant: grantSchema, cold: z.boolean() }),
  drop: z.object({ ok: z.literal(true), state: z.literal("gone") }),
  rotate: z.object({ ok: z.literal(true), state: z.literal("active"), grant: grantSchema }),
  limit: z.object({ ok: z.literal(true), state: z.literal("active") }),
  grant: z.object({ ok: z.literal(true), state: z.literal("active"), grant: grantSchema }),
  list: z.object({
    ok: z.literal(true),
    tenants: z.array(z.object({ resource_id: resourceIdSchema, state: z.enum(["creating", "active"]), generation: z.number().int() })),
    next: resourceIdSchema.nullable(),
  }),
} as const satisfies Record<JobKind, z.ZodType>;
export type Outcome<K extends JobKind> = z.infer<(typeof outcomeSchemas)[K]>;

/**
 * Why the bridge did not do a job. `retry`: the same job may be sent again and may then succeed.
 * The bridge answers the product's error envelope with one of these as `error`.
 */
export const REFUSALS = {
  malformed_job: { status: 400, retry: false, message: "This is not a job this bridge understands." },
  unknown_key: { status: 401, retry: false, message: "The job is signed by a key this bridge does not know." },
  invalid_signature: { status: 401, retry: false, message: "The signature of the job does not verify." },
  job_expired: { status: 401, retry: false, message: "The job is late, or claims to live too long." },
  wrong_audience: { status: 403, retry: false, message: "The job is for another bridge." },
  unknown_engine: { status: 404, retry: false, message: "No server of this engine is configured here." },
  unknown_tenant: { status: 404, retry: false, message: "This bridge has no such tenant." },
  job_conflict: { status: 409, retry: false, message: "A job with the same id had other content." },
  stale_generation: { status: 409, retry: false, message: "A newer job of this resource was already seen." },
  resource_gone: { status: 410, retry: false, message: "This resource was dropped; it cannot rise again." },
  payload_too_large: { status: 413, retry: false, message: "The job is larger than the bridge accepts." },
  internal_error: { status: 500, retry: true, message: "The bridge failed in a way it did not foresee." },
  capacity: { status: 503, retry: true, message: "Every server of this engine is full." },
  engine_unavailable: { status: 503, retry: true, message: "The engine did not answer." },
  registry_unavailable: { status: 503, retry: true, message: "The bridge's registry did not answer." },
  resource_busy: { status: 503, retry: true, message: "Another job of this resource is still running." },
} as const satisfies Record<string, { status: number; retry: boolean; message: string }>;
export type RefusalCode = keyof typeof REFUSALS;
export const refusalCodeSchema = z.enum(Object.keys(REFUSALS) as [RefusalCode, ...RefusalCode[]]);

/** The id is the same for the same step of the same resource, so that a retry is the same job. */
export function jobIdFor(kind: JobKind, resourceId: string, generation: number): string {
  return `${resourceId}.${kind}.${generation}`;
}
