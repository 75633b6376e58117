/**
 * Signed reports: what the bridge tells the Worker without a request. A report is a message (signed-message.ts) signed with the
 * bridge's own key and posted as text to `POST /internal/bridge/reports`.
 */
import { z } from "zod";
import { engineSchema } from "./engines.ts";
import { resourceIdSchema } from "./names.ts";
import { registeredClaims } from "./signed-message.ts";

export const REPORTS_PATH = "/internal/bridge/reports";
/** The audience of every report; its issuer is the bridge's own id. */
export const REPORT_AUDIENCE = "instanode-worker";
/** A report is refused when it claims to live longer than this, or arrives after it. */
export const REPORT_LIFETIME_MAX_SECONDS = 60;
export const REPORT_CONTENT_TYPE = "application/jwt";
/** A compact JWS longer than this is not a report. */
export const REPORT_MAX_BYTES = 131_072;
/** Sizes in one report; more come in several. */
export const REPORT_MAX_SIZES = 500;

/** How much tenants store, in bytes above an empty tenant's own. All were asked for at `measured_at` or after it; an engine may answer by a look it has just had. */
export const sizesBodySchema = z.strictObject({
  engine: engineSchema,
  measured_at: z.iso.datetime(),
  sizes: z
    .array(
      z.strictObject({
        resource_id: resourceIdSchema,
        bytes: z.number().int().min(0),
        /** The bridge itself has cut it to reading and deleting, which the platform may not have heard of; absent otherwise. */
        is_cut: z.literal(true).optional(),
      }),
    )
    .min(1)
    .max(REPORT_MAX_SIZES),
});

/** A new kind of report is a line here and a branch of the Worker's `receiveReport`. */
export const reportSchema = z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("sizes"), body: sizesBodySchema })]);
export type Report = z.infer<typeof reportSchema>;
export type SizesReport = Extract<Report, { kind: "sizes" }>["body"];

/** The claims of a report's JWS. */
export const reportClaimsSchema = z.object({ ...registeredClaims, body: z.unknown() });

/** The same report twice acts once and is answered the same. */
export const reportAnswerSchema = z.object({ ok: z.literal(true) });
