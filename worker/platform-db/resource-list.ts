/** The live resources of one team, page by page, without their credentials. */
import { z } from "zod";
import type { ResourceKind } from "../../contract/kinds.ts";
import { type PlatformDatabase, sql } from "./database.ts";
import { resourceColumns } from "./resource-columns.ts";

const listedSchema = z.object({ ...resourceColumns, team_id: z.string() });
export type ListedResource = z.infer<typeof listedSchema>;

const pageSchema = z.tuple([z.object({ total: z.number(), provisional: z.number(), items: z.array(listedSchema) })]);

/** The last resource of a page; the next page starts after it. */
export type ListPosition = { createdAt: Date; id: string };
export type ListFilter = { env: string | null; kind: ResourceKind | null; before: ListPosition | null; limit: number };

/** The newest first. A provisionally attached resource has no env for its team. @returns `total` counts all matches on all pages; `provisional` of them count against no limit @throws DatabaseError */
export async function listOfTeam(
  db: PlatformDatabase,
  teamId: string,
  { env, kind, before, limit }: ListFilter,
  now: Date,
): Promise<{ total: number; provisional: number; items: ListedResource[] }> {
  const rows = await db.query(sql`
    WITH mine AS (
      SELECT id, kind, tier, env, name, team_id, attached_provisionally, token_sealed, storage_bytes, access, access_reason, paused_at, created_at, expires_at
      FROM resources WHERE team_id = ${teamId} AND status = 'active' AND (expires_at IS NULL OR expires_at > ${now})
        AND (${env}::text IS NULL OR (env = ${env}::text AND NOT attached_provisionally)) AND (${kind}::text IS NULL OR kind = ${kind}::text)
    ), page AS (
      SELECT * FROM mine
      WHERE ${before?.id ?? null}::uuid IS NULL OR (created_at, id) < (${before?.createdAt ?? null}::timestamptz, ${before?.id ?? null}::uuid)
      ORDER BY created_at DESC, id DESC LIMIT ${limit}
    )
    SELECT (SELECT count(*)::int FROM mine) AS total, (SELECT count(*)::int FROM mine WHERE attached_provisionally) AS provisional,
      (SELECT coalesce(json_agg(page ORDER BY created_at DESC, id DESC), '[]') FROM page) AS items`);
  return pageSchema.parse(rows)[0];
}
