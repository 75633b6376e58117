/** What stands against one more create: ceilings against mass creation, and resources of its owner that are over their size. */
import { z } from "zod";
import type { ResourceKind } from "../../contract/names.ts";
import { type PlatformDatabase, sql } from "./database.ts";

export type CeilingCounts = { network: number; asn: number; liveAnonymous: number; isOverSize: boolean };

/** Whose resources of which kind must not be over what size; null without a limit. */
export type OwnSize = { fingerprint: string; teamId: string | null; kind: ResourceKind; limitBytes: number | null };

const countsSchema = z.tuple([
  z.object({ network: z.coerce.number(), asn: z.coerce.number(), live: z.coerce.number(), over_size: z.boolean() }),
]);

/**
 * Today's creates of one network and of one ASN, and all live anonymous resources. Each count stops at its ceiling, so the
 * answer costs the same however large the table is; a ceiling of 0 is not counted. What has expired is over no size any more.
 */
export async function countForCeilings(
  db: PlatformDatabase,
  caller: { networkHash: string | null; asnHash: string | null },
  ceilings: { network: number; asn: number; liveAnonymous: number },
  own: OwnSize,
  { dayStart, now }: { dayStart: Date; now: Date },
): Promise<CeilingCounts> {
  const rows = await db.query(sql`
    SELECT
      (SELECT count(*) FROM (SELECT 1 FROM resources WHERE network_hash = ${caller.networkHash} AND created_at >= ${dayStart} LIMIT ${ceilings.network}) n) AS network,
      (SELECT count(*) FROM (SELECT 1 FROM resources WHERE asn_hash = ${caller.asnHash} AND created_at >= ${dayStart} LIMIT ${ceilings.asn}) a) AS asn,
      (SELECT count(*) FROM (SELECT 1 FROM resources WHERE status = 'active' AND team_id IS NULL LIMIT ${ceilings.liveAnonymous}) l) AS live,
      EXISTS (SELECT 1 FROM resources WHERE kind = ${own.kind} AND status = 'active'
        AND ((${own.teamId}::uuid IS NULL AND fingerprint = ${own.fingerprint} AND team_id IS NULL) OR team_id = ${own.teamId}::uuid)
        AND (expires_at IS NULL OR expires_at > ${now}) AND storage_bytes > ${own.limitBytes}::bigint) AS over_size`);
  const [counts] = countsSchema.parse(rows);
  return { network: counts.network, asn: counts.asn, liveAnonymous: counts.live, isOverSize: counts.over_size };
}
