/** Counts behind the ceilings against mass creation. */
import { z } from "zod";
import { type PlatformDatabase, sql } from "./database.ts";

export type CeilingCounts = { network: number; asn: number; liveAnonymous: number };

const countsSchema = z.tuple([z.object({ network: z.coerce.number(), asn: z.coerce.number(), live: z.coerce.number() })]);

/**
 * Today's creates of one network and of one ASN, and all live anonymous resources. Each count stops at its ceiling, so the
 * answer costs the same however large the table is; a ceiling of 0 is not counted.
 */
export async function countForCeilings(
  db: PlatformDatabase,
  caller: { networkHash: string | null; asnHash: string | null },
  ceilings: { network: number; asn: number; liveAnonymous: number },
  dayStart: Date,
): Promise<CeilingCounts> {
  const rows = await db.query(sql`
    SELECT
      (SELECT count(*) FROM (SELECT 1 FROM resources WHERE network_hash = ${caller.networkHash} AND created_at >= ${dayStart} LIMIT ${ceilings.network}) n) AS network,
      (SELECT count(*) FROM (SELECT 1 FROM resources WHERE asn_hash = ${caller.asnHash} AND created_at >= ${dayStart} LIMIT ${ceilings.asn}) a) AS asn,
      (SELECT count(*) FROM (SELECT 1 FROM resources WHERE status = 'active' AND team_id IS NULL LIMIT ${ceilings.liveAnonymous}) l) AS live`);
  const [counts] = countsSchema.parse(rows);
  return { network: counts.network, asn: counts.asn, liveAnonymous: counts.live };
}
