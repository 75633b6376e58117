/** What a claim would attach. */
import { z } from "zod";
import { resourceKindSchema } from "../../contract/names.ts";
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

/** The live, unclaimed resources of a fingerprint and the token's own one first, newest first after it. */
export async function findClaimable(db: PlatformDatabase, subject: Subject, fingerprint: string, now: Date): Promise<ClaimableResource[]> {
  const tokenHash = "tokenHash" in subject ? subject.tokenHash : null;
  const resourceId = "resourceId" in subject ? subject.resourceId : null;
  const rows = await db.query(sql`
    SELECT id, kind, name, env, tier, created_at, expires_at,
      coalesce(token_hash = ${tokenHash}, false) OR coalesce(id = ${resourceId}::uuid, false) AS is_subject
    FROM resources
    WHERE status = 'active' AND team_id IS NULL AND (expires_at IS NULL OR expires_at > ${now})
      AND (fingerprint = ${fingerprint} OR token_hash = ${tokenHash} OR id = ${resourceId}::uuid)
    ORDER BY is_subject DESC, created_at DESC LIMIT ${OTHERS_LISTED_MAX + 1}`);
  return z.array(rowSchema).parse(rows);
}
