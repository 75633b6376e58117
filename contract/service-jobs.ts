/**
 * Jobs about services (deploys.ts): signed messages like those about tenants (jobs.ts), posted to a path of their own, because they act on
 * no engine. Uploads and logs are streams, so their jobs are the bearer credential of a request instead of its body.
 */
import { z } from "zod";
import { appMetricsSchema } from "./app-metrics.ts";
import { sourceSchema, tarballReasonSchema } from "./deploys.ts";
import { JOB_ISSUER } from "./jobs.ts";
import { operationStatusSchema } from "./operations.ts";
import { registeredClaims } from "./signed-message.ts";

export const SERVICE_JOBS_PATH = "/v1/services";
/** Large enough for a plan with the most variables, encrypted and signed. */
export const SERVICE_JOB_MAX_BYTES = 262_144;

export const SOURCES_PATH = "/v1/sources";
export const LOGS_PATH = "/v1/logs";
export const LOG_TAIL_MAX_LINES = 1_000;
export const OPERATIONS_MAX_ROWS = 100;

export const serviceJobSchema = z.discriminatedUnion("kind", [
  /** Authorizes one upload: `PUT /v1/sources/<source_id>` with the tarball as the body. */
  z.strictObject({ kind: z.literal("store_source"), args: z.strictObject({ source_id: z.uuid() }) }),
  /** Deletes a stored source. Idempotent. */
  z.strictObject({ kind: z.literal("drop_source"), args: z.strictObject({ source_id: z.uuid() }) }),
  /** Whether images are built and containers started here now. Answered once that is known. */
  z.strictObject({ kind: z.literal("check_builder"), args: z.strictObject({}) }),
  /** Starts an operation. Idempotent per operation id; an older generation of a service than the newest seen is refused. */
  z.strictObject({
    kind: z.literal("operate"),
    args: z.strictObject({
      operation_id: z.uuid(),
      service_id: z.uuid(),
      team_id: z.uuid(),
      generation: z.number().int().min(1),
      /** The operation's plan (operations.ts) as a compact JWE. */
      plan: z.string().min(1),
    }),
  }),
  /** Asks for the state of operations. Unknown ones are left out of the answer. */
  z.strictObject({
    kind: z.literal("operations"),
    args: z.strictObject({ operation_ids: z.array(z.uuid()).min(1).max(OPERATIONS_MAX_ROWS) }),
  }),
  /** Asks what an app used and answered in the last hour. */
  z.strictObject({ kind: z.literal("read_metrics"), args: z.strictObject({ service_id: z.uuid() }) }),
  /**
   * Authorizes reading one log: `GET /v1/logs`. The answer is text/event-stream: `id:` and `data:` of each line, at last `data: [end]`.
   */
  z.strictObject({
    kind: z.literal("read_logs"),
    args: z.strictObject({
      service_id: z.uuid(),
      /** `build`: what a build printed. `run`: what the running container prints. */
      source: z.enum(["build", "run"]),
      /** Whose build; null for the newest. */
      operation_id: z.uuid().nullable(),
      /** How many of the newest lines come first; null for all that are kept. */
      tail: z.number().int().min(0).max(LOG_TAIL_MAX_LINES).nullable(),
      /** Only lines after this event id. */
      after: z.string().max(64).nullable(),
      /** Goes on until the build or the container ends. */
      follow: z.boolean(),
    }),
  }),
]);
export type ServiceJob = z.infer<typeof serviceJobSchema>;
export type ServiceJobKind = ServiceJob["kind"];
export type ServiceJobOf<K extends ServiceJobKind> = Extract<ServiceJob, { kind: K }>;

/** The claims of such a job's JWS. */
export const serviceJobClaimsSchema = z.object({ ...registeredClaims, iss: z.literal(JOB_ISSUER), args: z.unknown() });

/** The answers as JSON; `read_logs` is answered by a stream. */
export const serviceOutcomeSchemas = {
  store_source: z.object({ ok: z.literal(true), source: sourceSchema }),
  drop_source: z.object({ ok: z.literal(true), state: z.literal("gone") }),
  check_builder: z.object({ ok: z.literal(true) }),
  read_metrics: z.object({ ok: z.literal(true), metrics: appMetricsSchema }),
  operate: z.object({ ok: z.literal(true), status: operationStatusSchema }),
  operations: z.object({ ok: z.literal(true), statuses: z.array(operationStatusSchema) }),
} as const satisfies Record<Exclude<ServiceJobKind, "read_logs">, z.ZodType>;
export type ServiceOutcome<K extends keyof typeof serviceOutcomeSchemas> = z.infer<(typeof serviceOutcomeSchemas)[K]>;

/** Why the bridge did not do such a job, beside the refusals of every job. An `invalid_tarball` has a `reason`. */
export const SERVICE_REFUSALS = {
  invalid_tarball: { status: 400, retry: false, message: "The upload is not a tarball that this bridge accepts." },
  missing_dockerfile: { status: 400, retry: false, message: "The source has no Dockerfile, and the bridge recognizes no language in it." },
  unknown_source: { status: 404, retry: false, message: "This bridge has no such source." },
  unknown_service: { status: 404, retry: false, message: "This bridge has no such service." },
  tarball_too_large: { status: 413, retry: false, message: "The tarball is larger than the bridge accepts." },
  too_many_readers: { status: 429, retry: true, message: "The team follows as many logs as it may." },
  no_disk_space: { status: 503, retry: true, message: "The disk for uploads is nearly full." },
  builder_unavailable: { status: 503, retry: true, message: "Containers are not known to be isolated, so nothing is built or started." },
  runner_unavailable: { status: 503, retry: true, message: "No container engine is configured here, or it does not answer." },
} as const satisfies Record<string, { status: number; retry: boolean; message: string }>;
export type ServiceRefusalCode = keyof typeof SERVICE_REFUSALS;
export const tarballRefusalSchema = z.object({ error: z.literal("invalid_tarball"), reason: tarballReasonSchema });
