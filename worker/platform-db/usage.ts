/** What resources store, and what their tenants may therefore do. */
import { z } from "zod";
import type { LimitJob } from "../../contract/admission.ts";
import type { Access } from "../../contract/jobs.ts";
import { accessSchema } from "../../contract/jobs.ts";
import { resourceKindSchema } from "../../contract/kinds.ts";
import { tenantLimits } from "../../contract/limits.ts";
import { tierSchema } from "../../contract/plans.ts";
import { type PlatformDatabase, sql } from "./database.ts";

/** A report as its id stands for it. */
export type TakenReport = { jti: string; contentHash: string; receivedAt: Date };
export type Sizes = { measuredAt: Date; sizes: readonly { resource_id: string; bytes: number }[] };

const measuredSchema = z.object({
  id: z.string(),
  kind: resourceKindSchema,
  tier: tierSchema,
  storage_bytes: z.number(),
  access: accessSchema,
  /** Nothing was decided about it since it was measured, and nothing that was decided is still to be done. */
  is_settled: z.boolean(),
});
/** A living resource as this measurement leaves it. */
export type Measured = z.infer<typeof measuredSchema>;
const takenSchema = z.tuple([z.object({ content_hash: z.string(), measured: z.array(measuredSchema) })]);

/**
 * Takes a report and writes its sizes, in one statement. The same report again writes the same; unknown ids, ids that are going
 * away and ids with a newer measurement are passed over.
 * @returns the resources it holds for, or null when another report has its id
 */
export async function recordSizes(db: PlatformDatabase, report: TakenReport, { measuredAt, sizes }: Sizes): Promise<Measured[] | null> {
  const rows = await db.query(sql`
    WITH taken AS (
      INSERT INTO bridge_reports AS known (jti, content_hash, received_at)
      VALUES (${report.jti}, ${report.contentHash}, ${report.receivedAt})
      ON CONFLICT (jti) DO UPDATE SET received_at = known.received_at RETURNING content_hash
    ), measured AS (
      UPDATE resources r SET storage_bytes = s.bytes, measured_at = ${measuredAt}
      FROM taken, unnest(${sizes.map(({ resource_id }) => resource_id)}::uuid[], ${sizes.map(({ bytes }) => bytes)}::bigint[]) AS s (id, bytes)
      WHERE taken.content_hash = ${report.contentHash} AND r.id = s.id AND r.status = 'active'
        AND (r.measured_at IS NULL OR r.measured_at <= ${measuredAt})
      RETURNING r.id, r.kind, r.tier, r.storage_bytes, r.access,
        r.limit_generation IS NULL AND coalesce(r.changed_at <= ${measuredAt}, true) AS is_settled
    )
    SELECT taken.content_hash, (SELECT coalesce(json_agg(measured), '[]') FROM measured) AS measured FROM taken`);
  const [taken] = takenSchema.parse(rows);
  return taken.content_hash === report.contentHash ? taken.measured : null;
}

export type AccessChange = { id: string; from: Access; to: Access };

const decidedSchema = z.array(
  z.object({ id: z.string(), kind: resourceKindSchema, tier: tierSchema, generation: z.number(), access: accessSchema }),
);

/** The limit jobs that rows of `id, kind, tier, generation, access` stand for. */
export function limitJobs(rows: unknown[]): LimitJob[] {
  return decidedSchema.parse(rows).map(({ id, kind, tier, generation, access }) => ({
    verb: "limit",
    resourceId: id,
    kind,
    generation,
    limits: tenantLimits(kind, tier),
    access,
  }));
}

/**
 * Decides what tenants may do, each only if it still is as it was judged: measured then, and with the access it had.
 * @returns the jobs that must follow
 */
export async function changeAccess(
  db: PlatformDatabase,
  changes: readonly AccessChange[],
  measuredAt: Date,
  now: Date,
): Promise<LimitJob[]> {
  return limitJobs(
    await db.query(sql`
      UPDATE resources r SET access = c.new_access, generation = r.generation + 1, limit_generation = r.generation + 1, changed_at = ${now},
        access_reason = CASE c.new_access WHEN 'full' THEN NULL ELSE 'storage_limit_exceeded' END
      FROM unnest(${changes.map(({ id }) => id)}::uuid[], ${changes.map(({ from }) => from)}::text[], ${changes.map(({ to }) => to)}::text[])
        AS c (id, old_access, new_access)
      WHERE r.id = c.id AND r.status = 'active' AND r.access = c.old_access AND r.measured_at = ${measuredAt}
      RETURNING r.id, r.kind, r.tier, r.generation, engine_access(r) AS access`),
  );
}

/** Limit jobs that were decided before `before` and are still not done. */
export async function findLimitStragglers(db: PlatformDatabase, before: Date, limit: number): Promise<LimitJob[]> {
  return limitJobs(
    await db.query(sql`
      SELECT r.id, r.kind, r.tier, r.limit_generation AS generation, engine_access(r) AS access FROM resources r
      WHERE r.status = 'active' AND r.limit_generation IS NOT NULL AND r.changed_at < ${before} ORDER BY r.changed_at LIMIT ${limit}`),
  );
}

/** Whether this limit job still is what was decided last; a later one, or a drop, makes it pointless. */
export async function isLimitWanted(db: PlatformDatabase, resourceId: string, generation: number): Promise<boolean> {
  const rows = await db.query(
    sql`SELECT 1 FROM resources WHERE id = ${resourceId} AND status = 'active' AND limit_generation = ${generation}`,
  );
  return rows.length > 0;
}

/** The engine has what this limit job says. */
export async function recordLimited(db: PlatformDatabase, resourceId: string, generation: number): Promise<void> {
  await db.query(
    sql`UPDATE resources SET limit_generation = NULL, previous_scope = NULL WHERE id = ${resourceId} AND limit_generation = ${generation}`,
  );
}

const generationSchema = z.array(z.object({ generation: z.number() }));

/**
 * Gives a limit job that another change of the resource has overtaken a generation of its own again.
 * @returns it, or null when the job is not wanted any more
 */
export async function renewLimit(db: PlatformDatabase, resourceId: string, generation: number, now: Date): Promise<number | null> {
  const rows = await db.query(sql`
    UPDATE resources SET generation = generation + 1, limit_generation = generation + 1, changed_at = ${now}
    WHERE id = ${resourceId} AND status = 'active' AND limit_generation = ${generation} RETURNING generation`);
  return generationSchema.parse(rows)[0]?.generation ?? null;
}

/** Forgets which reports were taken before `before`; none of them is valid any more. */
export async function purgeReports(db: PlatformDatabase, before: Date): Promise<number> {
  const rows = await db.query(sql`DELETE FROM bridge_reports WHERE received_at < ${before} RETURNING 1`);
  return rows.length;
}
