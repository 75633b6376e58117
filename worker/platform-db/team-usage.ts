/** What a team has and stores, counted in one statement. What only came along with a claim is not the team's yet: it is told apart. */
import { z } from "zod";
import { RESOURCE_KINDS, type ResourceKind, resourceKindSchema } from "../../contract/kinds.ts";
import { storageLimitBytes } from "../../contract/limits.ts";
import { TIERS } from "../../contract/plans.ts";
import { type PlatformDatabase, sql } from "./database.ts";

const ofKindSchema = z.object({
  kind: resourceKindSchema,
  count: z.number(),
  bytes: z.number(),
  /** What all of them together may store; null when one of them has no limit. */
  limit_bytes: z.number().nullable(),
  over_size: z.number(),
});
export type KindUsage = z.infer<typeof ofKindSchema>;

const usageSchema = z.tuple([
  z.object({
    kinds: z.array(ofKindSchema),
    provisional: z.number(),
    asked: z.array(z.object({ id: z.string(), kind: resourceKindSchema })),
    members: z.number(),
    api_keys: z.number(),
  }),
]);
export type TeamUsage = z.infer<typeof usageSchema>[0];

/** A resource is held to the limit of its own tier, as `contract/kinds.ts` has it. */
const LIMITS = RESOURCE_KINDS.flatMap((kind) => TIERS.map((tier) => ({ kind, tier, bytes: storageLimitBytes(kind, tier) })));

/** Of these kinds at most `max` ids are returned: such resources are asked what they store. */
type Asked = { kinds: readonly ResourceKind[]; max: number };

/** @throws DatabaseError */
export async function readTeamUsage(db: PlatformDatabase, teamId: string, asked: Asked, now: Date): Promise<TeamUsage> {
  const rows = await db.query(sql`
    WITH limits AS (
      SELECT * FROM unnest(${LIMITS.map(({ kind }) => kind)}::text[], ${LIMITS.map(({ tier }) => tier)}::text[], ${LIMITS.map(({ bytes }) => bytes)}::bigint[])
        AS l (kind, tier, bytes)
    ), mine AS (
      SELECT id, kind, tier, attached_provisionally, coalesce(storage_bytes, 0) AS bytes FROM resources
      WHERE team_id = ${teamId} AND status = 'active' AND (expires_at IS NULL OR expires_at > ${now})
    ), kinds AS (
      SELECT m.kind, count(*)::int AS count, sum(m.bytes)::float8 AS bytes,
        CASE WHEN bool_or(l.bytes < 0) THEN NULL ELSE sum(l.bytes)::float8 END AS limit_bytes,
        count(*) FILTER (WHERE l.bytes >= 0 AND m.bytes > l.bytes)::int AS over_size
      FROM mine m JOIN limits l USING (kind, tier) WHERE NOT m.attached_provisionally GROUP BY m.kind
    )
    SELECT (SELECT coalesce(json_agg(kinds), '[]') FROM kinds) AS kinds,
      (SELECT count(*)::int FROM mine WHERE attached_provisionally) AS provisional,
      (SELECT coalesce(json_agg(a), '[]') FROM (SELECT id, kind FROM mine WHERE kind = ANY(${asked.kinds}::text[]) AND NOT attached_provisionally LIMIT ${asked.max}) a) AS asked,
      (SELECT count(*)::int FROM memberships WHERE team_id = ${teamId}) AS members,
      (SELECT count(*)::int FROM api_keys WHERE team_id = ${teamId} AND revoked_at IS NULL) AS api_keys`);
  return usageSchema.parse(rows)[0];
}
