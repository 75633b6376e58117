/**
 * Signed reports: what the bridge tells the Worker without a request. A report is a message (signed-message.ts) signed with the
 * bridge's own key and posted as text to `POST /internal/bridge/reports`.
 */
import { z } from "zod";
import { failureSchema } from "./deploys.ts";
import { engineSchema } from "./engines.ts";
import { resourceIdSchema } from "./names.ts";
import { operationStatusSchema } from "./operations.ts";
import { registeredClaims } from "./signed-message.ts";

export const REPORTS_PATH = "/internal/bridge/reports";
/** The audience of every report. Its issuer is the bridge's id. */
export const REPORT_AUDIENCE = "instanode-worker";
/** The Worker refuses a report whose lifetime is longer than this, and a report that has expired. */
export const REPORT_LIFETIME_MAX_SECONDS = 60;
export const REPORT_CONTENT_TYPE = "application/jwt";
/** A compact JWS longer than this is not a report. */
export const REPORT_MAX_BYTES = 131_072;
/** The most sizes in one report. More are sent in several reports. */
export const REPORT_MAX_SIZES = 500;

/**
 * What tenants store, in bytes above the size of an empty tenant, asked for at `measured_at` or later. An engine may answer from a
 * recent measurement.
 */
export const sizesBodySchema = z.strictObject({
  engine: engineSchema,
  measured_at: z.iso.datetime(),
  sizes: z
    .array(
      z.strictObject({
        resource_id: resourceIdSchema,
        bytes: z.number().int().min(0),
        /** True when the bridge itself has restricted the tenant to reading and deleting. The platform may not know this yet. */
        is_cut: z.literal(true).optional(),
      }),
    )
    .min(1)
    .max(REPORT_MAX_SIZES),
});

/** How the release that serves does, once it has: it ended and counts as failed, or is healthy again (`failure` null). */
export const serviceStateSchema = z.strictObject({
  service_id: z.uuid(),
  /** Of the newest operation that the bridge knows. The Worker ignores a state when it knows a newer one. */
  generation: z.number().int().min(1),
  release: z.number().int().min(1),
  /** Grows with every state of this service. A state with a lower number is ignored. */
  seq: z.number().int().min(1),
  failure: failureSchema.nullable(),
});
export type ServiceState = z.infer<typeof serviceStateSchema>;

/** A new kind of report needs a line here and a branch in the Worker's `receiveReport`. */
export const reportSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sizes"), body: sizesBodySchema }),
  /** How an operation goes on; each status counts once, by its `seq`. */
  z.strictObject({ kind: z.literal("operation"), body: operationStatusSchema }),
  z.strictObject({ kind: z.literal("service"), body: serviceStateSchema }),
]);
export type Report = z.infer<typeof reportSchema>;
export type SizesReport = Extract<Report, { kind: "sizes" }>["body"];

/** The claims of a report's JWS. */
export const reportClaimsSchema = z.object({ ...registeredClaims, body: z.unknown() });

/** Idempotent: the same report again has no further effect and gets the same answer. */
export const reportAnswerSchema = z.object({ ok: z.literal(true) });
