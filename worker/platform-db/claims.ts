/** What a claim would attach, and whether its own resource is still free. The claim itself: `claim-transfer.ts`. */
import { z } from "zod";
import { resourceKindSchema } from "../../contract/kinds.ts";
import { type PlatformDatabase, sql } from "./database.ts";

/** More than this many other resources are counted, not listed. */
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
 * The token's own resource first, then the live, unclaimed ones of a fingerprint, newest first. Its own is also free when it only
 * came along with somebody else's claim: its holder takes it back.
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
    FROM resources
    WHERE status = 'active' AND (expires_at IS NULL OR expires_at > ${now})
      AND ((team_id IS NULL AND fingerprint = ${fingerprint}) OR ((team_id IS NULL OR attached_provisionally) AND (token_hash = ${tokenHash} OR id = ${resourceId}::uuid)))
    ORDER BY is_subject DESC, created_at DESC LIMIT ${OTHERS_LISTED_MAX + 1}`);
  return z.array(rowSchema).parse(rows);
}

const subjectSchema = z.object({ id: z.string(), state: z.enum(["free", "claimed", "gone"]) });
export type ClaimSubject = z.infer<typeof subjectSchema>;

/** What has become of the resource a claim token names. A token that leads nowhere any more is `null`. */
export async function findClaimSubject(db: PlatformDatabase, subject: Subject, now: Date): Promise<ClaimSubject | null> {
  const tokenHash = "tokenHash" in subject ? subject.tokenHash : null;
  const resourceId = "resourceId" in subject ? subject.resourceId : null;
  const rows = await db.query(sql`
    SELECT id, CASE WHEN status <> 'active' OR expires_at <= ${now} THEN 'gone' WHEN team_id IS NULL OR attached_provisionally THEN 'free' ELSE 'claimed' END AS state
    FROM resources WHERE token_hash = ${tokenHash} OR id = ${resourceId}::uuid`);
  return z.array(subjectSchema).parse(rows)[0] ?? null;
}
