/** What stands against one more create: ceilings against mass creation, and resources of its owner that are over their size. */
import { z } from "zod";
import type { ResourceKind } from "../../contract/kinds.ts";
import { type PlatformDatabase, sql } from "./database.ts";

export type CeilingCounts = { network: number; asn: number; liveAnonymous: number; isOverSize: boolean };

/** Whose resources of which kind must not be over what size; null without a limit. */
export type OwnSize = { fingerprint: string; teamId: string | null; kind: ResourceKind; limitBytes: number | null };

const countsSchema = z.tuple([
  z.object({ network: z.coerce.number(), asn: z.coerce.number(), live: z.coerce.number(), over_size: z.boolean() }),
]);

type Caller = { networkHash: string | null; asnHash: string | null };
type Ceilings = { network: number; asn: number; liveAnonymous: number };
type Moment = { dayStart: Date; now: Date };

/**
 * Today's creates of one network and of one ASN, and all live anonymous resources. Each count stops at its ceiling, so the
 * answer costs the same however large the table is; a ceiling of 0 is not counted. What has expired is over no size any more.
 */
export async function countForCeilings(
  db: PlatformDatabase,
  caller: Caller,
  ceilings: Ceilings,
  own: OwnSize,
  moment: Moment,
): Promise<CeilingCounts> {
  // A statement each: one for both would leave the planner without the index of either owner.
  const rows = await db.query(own.teamId === null ? ofCaller(caller, ceilings, own, moment) : ofTeam(own, moment));
  const [counts] = countsSchema.parse(rows);
  return { network: counts.network, asn: counts.asn, liveAnonymous: counts.live, isOverSize: counts.over_size };
}

function ofCaller({ networkHash, asnHash }: Caller, { network, asn, liveAnonymous }: Ceilings, own: OwnSize, { dayStart, now }: Moment) {
  return sql`
    SELECT
      (SELECT count(*) FROM (SELECT 1 FROM resources WHERE network_hash = ${networkHash} AND created_at >= ${dayStart} LIMIT ${network}) n) AS network,
      (SELECT count(*) FROM (SELECT 1 FROM resources WHERE asn_hash = ${asnHash} AND created_at >= ${dayStart} LIMIT ${asn}) a) AS asn,
      (SELECT count(*) FROM (SELECT 1 FROM resources WHERE status = 'active' AND team_id IS NULL LIMIT ${liveAnonymous}) l) AS live,
      EXISTS (SELECT 1 FROM resources WHERE fingerprint = ${own.fingerprint} AND status = 'active' AND team_id IS NULL AND kind = ${own.kind}
        AND (expires_at IS NULL OR expires_at > ${now}) AND storage_bytes > ${own.limitBytes}::bigint) AS over_size`;
}

/** A team has no ceilings. */
function ofTeam({ teamId, kind, limitBytes }: OwnSize, { now }: Moment) {
  return sql`
    SELECT 0 AS network, 0 AS asn, 0 AS live,
      EXISTS (SELECT 1 FROM resources WHERE team_id = ${teamId}::uuid AND status = 'active' AND NOT attached_provisionally AND kind = ${kind}
        AND (expires_at IS NULL OR expires_at > ${now}) AND storage_bytes > ${limitBytes}::bigint) AS over_size`;
}
