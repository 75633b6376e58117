/** All SQL of one resource's life: made, found by its claim, going away, gone. Rows never leave this folder unparsed. */
import { z } from "zod";
import type { Abandoned } from "../../contract/admission.ts";
import { type ResourceKind, resourceKindSchema } from "../../contract/kinds.ts";
import type { DropJob } from "../../contract/outbox.ts";
import type { tierSchema } from "../../contract/plans.ts";
import { type AuditActor, audit } from "./audit.ts";
import { type PlatformDatabase, sql } from "./database.ts";

export type NewResource = {
  id: string;
  kind: ResourceKind;
  tier: z.infer<typeof tierSchema>;
  env: string;
  name: string;
  tokenHash: string;
  tokenSealed: string;
  grantSealed: string;
  /** Null: not claimed yet. */
  teamId: string | null;
  /** Of an anonymous caller; a team's resources are tied to nothing else. */
  fingerprint: string | null;
  admissionScope: string;
  networkHash: string | null;
  asnHash: string | null;
  createdAt: Date;
  expiresAt: Date | null;
};

const rowStateSchema = z.object({
  status: z.enum(["active", "dropping", "abandoned", "dropped"]),
  generation: z.number(),
  team_id: z.string().nullable(),
  created_at: z.coerce.date(),
  expires_at: z.coerce.date().nullable(),
});
type RowState = z.infer<typeof rowStateSchema>;

/** A statement of its own: after a conflict, the inserting statement's snapshot may not hold the other's row yet. */
async function findState(db: PlatformDatabase, id: string): Promise<RowState | undefined> {
  return z
    .array(rowStateSchema)
    .parse(await db.query(sql`SELECT status, generation, team_id, created_at, expires_at FROM resources WHERE id = ${id}`))[0];
}

/**
 * Keeps a finished create. A row of the same id that is already active is this very create, done by an earlier attempt, unless a
 * claim has taken it to a team since: then the caller that retries no longer owns it.
 * A team whose tier has changed since the create began gets the resource in its tier of now, with a limit job for the cron to find.
 * @returns the moments the kept row holds, or null when the id was given up meanwhile
 * @throws DatabaseError
 */
export async function keepResource(
  db: PlatformDatabase,
  row: NewResource,
  by: AuditActor,
): Promise<{ createdAt: Date; expiresAt: Date | null } | null> {
  const made = await db.query(sql`
    WITH team AS (SELECT tier FROM teams WHERE id = ${row.teamId}::uuid FOR SHARE), made AS (INSERT INTO resources (id, kind, status, generation, limit_generation, changed_at, tier, env, name, token_hash, token_sealed, grant_sealed,
      team_id, fingerprint, admission_scope, network_hash, asn_hash, created_at, expires_at, status_changed_at)
    VALUES (${row.id}, ${row.kind}, 'active', CASE WHEN EXISTS (SELECT 1 FROM team WHERE tier <> ${row.tier}) THEN 2 ELSE 1 END,
      (SELECT 2 FROM team WHERE tier <> ${row.tier}), (SELECT ${row.createdAt}::timestamptz FROM team WHERE tier <> ${row.tier}), coalesce((SELECT tier FROM team), ${row.tier}), ${row.env}, ${row.name}, ${row.tokenHash}, ${row.tokenSealed}, ${row.grantSealed}, ${row.teamId}, ${row.fingerprint}, ${row.admissionScope}, ${row.networkHash}, ${row.asnHash},
      ${row.createdAt}, ${row.expiresAt}, ${row.createdAt})
    ON CONFLICT (id) DO NOTHING RETURNING id, team_id), audited AS (
      ${audit(sql`made WHERE team_id IS NOT NULL`, { action: "resource.created", by, target: { kind: "resource", id: sql`id` }, at: row.createdAt })}
    ) SELECT id FROM made`);
  if (made.length > 0) return { createdAt: row.createdAt, expiresAt: row.expiresAt };
  const kept = await findState(db, row.id);
  return kept?.status === "active" && kept.team_id === row.teamId ? { createdAt: kept.created_at, expiresAt: kept.expires_at } : null;
}

/**
 * Takes the row of a create that never finished, so that nothing can bring it back: inserts it as abandoned, or the create has
 * won. One whose caller was told that it failed is taken even if its row was written. Doing it twice is doing it once.
 * @returns the generation of the drop that must follow, or null when the create is complete
 */
export async function abandonResource(db: PlatformDatabase, intent: Abandoned<ResourceKind>, now: Date): Promise<number | null> {
  await db.query(sql`
    INSERT INTO resources (id, kind, status, generation, created_at, status_changed_at, drop_reason)
    VALUES (${intent.resourceId}, ${intent.kind}, 'abandoned', 2, ${now}, ${now}, 'abandoned')
    ON CONFLICT (id) DO UPDATE SET status = 'abandoned', generation = resources.generation + 1, status_changed_at = excluded.status_changed_at,
      drop_reason = 'abandoned'
    WHERE resources.status = 'active' AND resources.claimed_at IS NULL AND ${intent.wasRefused}`);
  const state = await findState(db, intent.resourceId);
  if (!state) throw new Error("the row of an abandoned create is missing right after it was written");
  return state.status === "active" ? null : state.generation;
}

const ownerSchema = z.array(
  z.object({ team_id: z.string().nullable(), is_wholly_theirs: z.boolean(), previous_scope: z.string().nullable() }),
);

/** Whose a living resource is, and whose object must still forget it. What only came along with a claim does not count yet. */
export async function findOwner(
  db: PlatformDatabase,
  id: string,
): Promise<{ teamId: string | null; isWhollyTheirs: boolean; previousScope: string | null } | null> {
  const rows = await db.query(
    sql`SELECT team_id, NOT attached_provisionally AS is_wholly_theirs, previous_scope FROM resources WHERE id = ${id} AND status = 'active'`,
  );
  const [owner] = ownerSchema.parse(rows);
  return owner ? { teamId: owner.team_id, isWhollyTheirs: owner.is_wholly_theirs, previousScope: owner.previous_scope } : null;
}

/**
 * Makes wholly the team's what had only come along. Doing it twice is doing it once.
 * @returns false when the team has no such living resource
 */
export async function confirmAttached(
  db: PlatformDatabase,
  { id, teamId }: { id: string; teamId: string },
  by: AuditActor,
  now: Date,
): Promise<boolean> {
  const rows = await db.query(sql`
    WITH confirmed AS (
      UPDATE resources SET attached_provisionally = false WHERE id = ${id} AND team_id = ${teamId}::uuid AND status = 'active' AND attached_provisionally
      RETURNING id, team_id
    ), audited AS (
      ${audit(sql`confirmed`, { action: "resource.confirmed", by, target: { kind: "resource", id: sql`id` }, at: now })}
    )
    SELECT 1 FROM confirmed UNION ALL SELECT 1 FROM resources WHERE id = ${id} AND team_id = ${teamId}::uuid AND status = 'active'`);
  return rows.length > 0;
}

/** Of these ids, the ones this database has no row for. */
export async function findUnknown(db: PlatformDatabase, ids: string[]): Promise<string[]> {
  const rows = await db.query(
    sql`SELECT t.id FROM unnest(${ids}::uuid[]) AS t (id) WHERE NOT EXISTS (SELECT 1 FROM resources r WHERE r.id = t.id)`,
  );
  return z
    .array(z.object({ id: z.string() }))
    .parse(rows)
    .map(({ id }) => id);
}

/**
 * Takes the ids an engine has a tenant of and this database no row: each becomes an abandoned row, unless one appeared meanwhile.
 * @returns the drops that must follow
 */
export async function abandonUnknown(
  db: PlatformDatabase,
  kind: ResourceKind,
  unknown: ReadonlyArray<{ id: string; generation: number }>,
  now: Date,
): Promise<DropJob[]> {
  const ids = unknown.map(({ id }) => id);
  // Above what the bridge has seen, or it would refuse the drop as an old one.
  const generations = unknown.map(({ generation }) => generation + 1);
  return dropJobs(
    await db.query(sql`
      INSERT INTO resources (id, kind, status, generation, created_at, status_changed_at, drop_reason)
      SELECT id, ${kind}, 'abandoned', generation, ${now}::timestamptz, ${now}::timestamptz, 'abandoned'
      FROM unnest(${ids}::uuid[], ${generations}::int[]) AS t (id, generation)
      ON CONFLICT (id) DO NOTHING RETURNING id, kind, generation`),
  );
}

const goingSchema = z.array(z.object({ id: z.string(), kind: resourceKindSchema, generation: z.number() }));

function dropJobs(rows: unknown[]): DropJob[] {
  return goingSchema.parse(rows).map(({ id, kind, generation }) => ({ resourceId: id, kind, generation, verb: "drop" as const }));
}

/** A resource as its owner was found to be; one that was claimed meanwhile is another's. */
export type Owned = { id: string; teamId: string | null };

/**
 * Its owner deletes it: from here on it counts as deleted, even if a later step fails.
 * @returns the drop that must follow, or null when it was going already
 */
export async function takeDeleted(db: PlatformDatabase, { id, teamId }: Owned, by: AuditActor, now: Date): Promise<DropJob | null> {
  const rows = await db.query(sql`
    WITH going AS (UPDATE resources SET status = 'dropping', generation = generation + 1, status_changed_at = ${now}, drop_reason = 'deleted'
    WHERE id = ${id} AND status = 'active' AND team_id IS NOT DISTINCT FROM ${teamId}::uuid RETURNING id, kind, generation, team_id), audited AS (
      ${audit(sql`going WHERE team_id IS NOT NULL`, { action: "resource.deleted", by, target: { kind: "resource", id: sql`id` }, at: now })}
    ) SELECT id, kind, generation FROM going`);
  return dropJobs(rows)[0] ?? null;
}

/** Marks at most `limit` expired resources as dropping and returns the drop each of them needs now. */
export async function takeExpired(db: PlatformDatabase, now: Date, limit: number): Promise<DropJob[]> {
  return dropJobs(
    await db.query(sql`
      UPDATE resources SET status = 'dropping', generation = generation + 1, status_changed_at = ${now}, drop_reason = 'expired'
      WHERE id IN (SELECT id FROM resources WHERE status = 'active' AND expires_at <= ${now}
                   ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      RETURNING id, kind, generation`),
  );
}

/**
 * Drops that were decided before `before` and are still not done: their job may have been lost on the way to the outbox.
 * The choice is random, so that drops which never succeed do not hide the lost ones.
 */
export async function findStragglers(db: PlatformDatabase, before: Date, limit: number): Promise<DropJob[]> {
  return dropJobs(
    await db.query(sql`
      SELECT id, kind, generation FROM resources WHERE status IN ('dropping', 'abandoned') AND status_changed_at < ${before}
      ORDER BY random() LIMIT ${limit}`),
  );
}

/**
 * Records that the engine has nothing of the resource any more, and forgets every secret of it. Doing it twice answers alike:
 * a retry after a crash still learns whose stored answers must go.
 * @returns the scopes that must forget it: its owner's, and that of a former one who was not told of its claim
 */
export async function recordDropped(db: PlatformDatabase, resourceId: string, generation: number, now: Date): Promise<string[]> {
  const rows = await db.query(sql`
    UPDATE resources SET status = 'dropped', status_changed_at = CASE status WHEN 'dropped' THEN status_changed_at ELSE ${now} END,
      token_hash = NULL, token_sealed = NULL, grant_sealed = NULL
    WHERE id = ${resourceId} AND generation = ${generation} AND status IN ('dropping', 'abandoned', 'dropped')
    RETURNING array_remove(ARRAY[admission_scope, previous_scope], NULL) AS scopes`);
  return z.array(z.object({ scopes: z.array(z.string()) })).parse(rows)[0]?.scopes ?? [];
}

/** Deletes the history of at most `limit` resources gone before `before`. */
export async function purgeDropped(db: PlatformDatabase, before: Date, limit: number): Promise<number> {
  const rows = await db.query(sql`
    DELETE FROM resources WHERE id IN (SELECT id FROM resources WHERE status = 'dropped' AND status_changed_at < ${before} LIMIT ${limit}) RETURNING id`);
  return rows.length;
}
