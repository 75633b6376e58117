/**
 * Changes of a resource's credentials. The rotation is written down before the engine hears of it, so that every further try is the
 * same rotation with the same new password, until one of them records it.
 */
import { z } from "zod";
import { resourceKindSchema } from "../../contract/kinds.ts";
import { type AuditActor, audit } from "./audit.ts";
import { type PlatformDatabase, sql } from "./database.ts";
import type { Owned } from "./resources.ts";

const rotationSchema = z.object({
  id: z.string(),
  kind: resourceKindSchema,
  admission_scope: z.string().nullable(),
  /** The generation of its job, and which password it is. */
  generation: z.number(),
  rotation: z.number(),
});
export type Rotation = z.infer<typeof rotationSchema>;

/** Begins a rotation, or goes on with the one that is under way, which stays its beginner's in the audit log. @returns null when the resource is going away */
export async function beginRotation(db: PlatformDatabase, { id, teamId }: Owned, by: AuditActor, now: Date): Promise<Rotation | null> {
  const rows = await db.query(sql`
    WITH found AS (
      SELECT id AS found_id, rotate_generation IS NULL AS is_new FROM resources
      WHERE id = ${id} AND status = 'active' AND team_id IS NOT DISTINCT FROM ${teamId}::uuid FOR UPDATE
    ), begun AS (UPDATE resources SET rotate_generation = coalesce(rotate_generation, generation + 1),
      generation = CASE WHEN is_new THEN generation + 1 ELSE generation END,
      changed_at = CASE WHEN is_new THEN ${now} ELSE changed_at END
    FROM found WHERE id = found_id
    RETURNING id, kind, admission_scope, rotate_generation AS generation, rotation + 1 AS rotation, team_id, is_new), audited AS (
      ${audit(sql`begun WHERE team_id IS NOT NULL AND is_new`, { action: "resource.rotated", by, target: { kind: "resource", id: sql`id` }, at: now })}
    ) SELECT id, kind, admission_scope, generation, rotation FROM begun`);
  return z.array(rotationSchema).parse(rows)[0] ?? null;
}

/** Gives a rotation that another change has overtaken a generation of its own again. @returns null when it is not wanted any more */
export async function renewRotation(db: PlatformDatabase, { id, generation }: Rotation): Promise<Rotation | null> {
  const rows = await db.query(sql`
    UPDATE resources SET generation = generation + 1, rotate_generation = generation + 1
    WHERE id = ${id} AND status = 'active' AND rotate_generation = ${generation}
    RETURNING id, kind, admission_scope, rotate_generation AS generation, rotation + 1 AS rotation`);
  return z.array(rotationSchema).parse(rows)[0] ?? null;
}

/** The row holds the new credentials now. @returns false when another try of the same rotation was first, or the resource is going */
export async function recordRotation(db: PlatformDatabase, { id, generation, rotation }: Rotation, grantSealed: string): Promise<boolean> {
  const rows = await db.query(sql`
    UPDATE resources SET grant_sealed = ${grantSealed}, rotation = ${rotation}, rotate_generation = NULL
    WHERE id = ${id} AND status = 'active' AND rotate_generation = ${generation} AND rotation = ${rotation - 1} RETURNING 1`);
  return rows.length > 0;
}

/** Whether a rotation's password is the last one that was decided: no later rotation has begun, of its owner's or of a claim's, and nothing is going. */
export async function isLastRotation(db: PlatformDatabase, { id, rotation }: Rotation): Promise<boolean> {
  const rows = await db.query(sql`
    SELECT 1 FROM resources
    WHERE id = ${id} AND status = 'active' AND rotation + CASE WHEN rotate_generation IS NULL THEN 0 ELSE 1 END = ${rotation}`);
  return rows.length > 0;
}

/** Takes unfinished rotations that were last tried before `before`; the least recently tried come first. */
export async function takeUnfinishedRotations(db: PlatformDatabase, before: Date, limit: number, now: Date): Promise<Rotation[]> {
  const rows = await db.query(sql`
    UPDATE resources SET changed_at = ${now} WHERE id IN (
      SELECT id FROM resources WHERE status = 'active' AND rotate_generation IS NOT NULL AND changed_at < ${before}
      ORDER BY changed_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ) RETURNING id, kind, admission_scope, rotate_generation AS generation, rotation + 1 AS rotation`);
  return z.array(rotationSchema).parse(rows);
}
