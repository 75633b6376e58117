/** The SQL of cuts. */
import { z } from "zod";
import { tenantLimitsSchema } from "../../contract/jobs.ts";
import type { Measured } from "../engines/deps.ts";
import type { Query } from "../registry/database.ts";

const MIB = 1_048_576;

/** Sizes in units of the tenant's own limit; a tenant without a limit is never over it. */
const candidatesSchema = z.array(
  z.object({ resource_id: z.uuid(), name: z.string(), is_cut: z.boolean(), bytes: z.coerce.number(), excess: z.coerce.number() }),
);
export type Candidate = z.infer<typeof candidatesSchema>[number];

/** Active tenants of the server that are cut by us, or that could be and are over `excess` times their size. */
export async function readCandidates(query: Query, { engine, server, sizes }: Measured, excess: number): Promise<Candidate[]> {
  const { rows } = await query.query(
    `SELECT * FROM (
       SELECT t.resource_id, t.name, t.access, t.cut_at IS NOT NULL AS is_cut, coalesce(f.bytes, 0) AS bytes,
              CASE WHEN (t.limits->>'storage_mb')::bigint < 0 THEN 0
                   ELSE coalesce(f.bytes, 0)::float8 / greatest((t.limits->>'storage_mb')::bigint * ${MIB}, 1) END AS excess
       FROM tenants t LEFT JOIN unnest($3::text[], $4::bigint[]) AS f (name, bytes) ON f.name = t.name
       WHERE t.engine = $1 AND t.server = $2 AND t.state = 'active' AND t.resource_id IS NOT NULL
     ) measured WHERE is_cut OR (access = 'full' AND excess > $5)`,
    [engine, server, [...sizes.keys()], [...sizes.values()], excess],
  );
  return candidatesSchema.parse(rows);
}

const limitsSchema = z.array(z.object({ limits: tenantLimitsSchema }));

/** Records the cut. @returns the tenant's limits, or null when something else has happened to it meanwhile */
export async function noteCut(query: Query, resourceId: string, at: Date) {
  const { rows } = await query.query(
    `UPDATE tenants SET access = 'read_only', cut_at = $2, updated_at = $2
     WHERE resource_id = $1 AND state = 'active' AND (access = 'full' OR cut_at IS NOT NULL) RETURNING limits`,
    [resourceId, at],
  );
  return limitsSchema.parse(rows)[0]?.limits ?? null;
}

/** The limits of a tenant that is still cut by us. */
export async function readCut(query: Query, resourceId: string) {
  const { rows } = await query.query("SELECT limits FROM tenants WHERE resource_id = $1 AND state = 'active' AND cut_at IS NOT NULL", [
    resourceId,
  ]);
  return limitsSchema.parse(rows)[0]?.limits ?? null;
}

export async function noteLifted(query: Query, resourceId: string, at: Date): Promise<void> {
  await query.query("UPDATE tenants SET access = 'full', cut_at = NULL, updated_at = $2 WHERE resource_id = $1", [resourceId, at]);
}
