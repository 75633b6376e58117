/** What a claim would take, and whether its own resource is free: the rules of migration 0009. The claim itself: `claim-transfer.ts`. */
import { z } from "zod";
import { resourceKindSchema } from "../../contract/kinds.ts";
import { type PlatformDatabase, sql } from "./database.ts";

/** Beyond this number other resources are not listed. */
export const OTHERS_LISTED_MAX = 100;

const rowSchema = z.object({
  id: z.string(),
  kind: resourceKindSchema,
  name: z.string(),
  env: z.string(),
  tier: z.string(),
  created_at: z.coerce.date(),
  expires_at: z.coerce.date().nullable(),
  is_subject: z.boolean(),
});
export type ClaimableResource = z.infer<typeof rowSchema>;

/** How a claim token names its own resource: an upgrade JWT by token hash, a claim-only JWT by id. */
export type Subject = { tokenHash: string } | { resourceId: string };

/**
 * The token's own resource first, then the other resources of the fingerprint, newest first.
 * @param fingerprint null: the token's own resource alone
 */
export async function findClaimable(
  db: PlatformDatabase,
  subject: Subject,
  fingerprint: string | null,
  now: Date,
): Promise<ClaimableResource[]> {
  const tokenHash = "tokenHash" in subject ? subject.tokenHash : null;
  const resourceId = "resourceId" in subject ? subject.resourceId : null;
  const rows = await db.query(sql`
    SELECT id, kind, name, env, tier, created_at, expires_at,
      coalesce(token_hash = ${tokenHash}, false) OR coalesce(id = ${resourceId}::uuid, false) AS is_subject
    FROM resources r
    WHERE status = 'active' AND (token_hash = ${tokenHash} OR id = ${resourceId}::uuid OR fingerprint = ${fingerprint})
      AND claim_takes(r, coalesce(token_hash = ${tokenHash}, false) OR coalesce(id = ${resourceId}::uuid, false), ${fingerprint}, ${now})
    ORDER BY is_subject DESC, created_at DESC LIMIT ${OTHERS_LISTED_MAX + 1}`);
  return z.array(rowSchema).parse(rows);
}

const subjectSchema = z.object({ id: z.string(), state: z.enum(["free", "claimed", "gone"]) });
export type ClaimSubject = z.infer<typeof subjectSchema>;

/** The state of the resource that a claim token names. Null: the token names none. */
export async function findClaimSubject(db: PlatformDatabase, subject: Subject, now: Date): Promise<ClaimSubject | null> {
  const tokenHash = "tokenHash" in subject ? subject.tokenHash : null;
  const resourceId = "resourceId" in subject ? subject.resourceId : null;
  const rows = await db.query(sql`
    SELECT id, claim_state(r, ${now}) AS state FROM resources r WHERE token_hash = ${tokenHash} OR id = ${resourceId}::uuid`);
  return z.array(subjectSchema).parse(rows)[0] ?? null;
}
