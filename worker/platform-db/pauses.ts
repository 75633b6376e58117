/** Suspending a resource and taking it up again. What the engine is told follows from the row: `engine_access` of migration 0006. */
import type { LimitJob } from "../../contract/outbox.ts";
import { type AuditActor, audit } from "./audit.ts";
import { type PlatformDatabase, sql } from "./database.ts";
import { limitJobs } from "./usage.ts";

type TeamsOwn = { id: string; teamId: string };

/** @returns the limit job that must follow, or null when it is so already, or not the team's any more */
export async function decidePause(
  db: PlatformDatabase,
  { id, teamId }: TeamsOwn,
  isPaused: boolean,
  by: AuditActor,
  now: Date,
): Promise<LimitJob | null> {
  const action = isPaused ? "resource.paused" : "resource.resumed";
  const rows = await db.query(sql`
    WITH decided AS (
      UPDATE resources r SET paused_at = CASE WHEN ${isPaused}::boolean THEN ${now}::timestamptz END,
        generation = r.generation + 1, limit_generation = r.generation + 1, changed_at = ${now}::timestamptz
      WHERE r.id = ${id} AND r.status = 'active' AND r.team_id = ${teamId}::uuid AND NOT r.attached_provisionally
        AND (r.paused_at IS NOT NULL) <> ${isPaused}::boolean
      RETURNING r.id, r.kind, r.tier, r.generation, engine_access(r) AS access, r.team_id
    ), audited AS (
      ${audit(sql`decided`, { action, by, target: { kind: "resource", id: sql`id` }, at: now })}
    ) SELECT id, kind, tier, generation, access FROM decided`);
  return limitJobs(rows)[0] ?? null;
}

/** The limit job of this resource that is still to be done. */
export async function findPendingLimit(db: PlatformDatabase, id: string): Promise<LimitJob | null> {
  const rows = await db.query(sql`
    SELECT r.id, r.kind, r.tier, r.limit_generation AS generation, engine_access(r) AS access FROM resources r
    WHERE r.id = ${id} AND r.status = 'active' AND r.limit_generation IS NOT NULL`);
  return limitJobs(rows)[0] ?? null;
}
