/**
 * Changes of a service: its create, and every later one. A change is one statement: the service's row, its release, its operation, its event
 * and its audit entry are written together or not at all.
 */
import { z } from "zod";
import type { Failure, ServiceStatus, Source } from "../../contract/deploys.ts";
import type { OperationVerb } from "../../contract/operations.ts";
import { type AuditAction, type AuditActor, audit } from "./audit.ts";
import { type PlatformDatabase, type Statement, sql } from "./database.ts";
import type { Service } from "./services.ts";

/** What a caller can set. */
export type ServiceConfig = {
  port: number;
  variablesSealed: string;
  bindings: Record<string, string>;
  isPrivate: boolean;
  allowedIps: string[];
  ttlPolicy: Service["ttl_policy"];
  expiresAt: Date | null;
  notifySealed: string | null;
};
/** `source`: is built. `imageOf`: the release whose image runs again. */
export type NewRelease = { source: Source | null; imageOf: number | null; createdBy: string | null };
/** `planSealed`: of a deploy. */
export type NewOperation = { id: string; verb: OperationVerb; planSealed: string | null };

export type NewService = {
  id: string;
  appId: string;
  teamId: string;
  name: string;
  environment: string;
  config: ServiceConfig;
  source: Source;
  operation: NewOperation;
};

/**
 * Idempotent by the service's id: a row that is there already is this create, done by an earlier attempt, or one that was given up.
 * @returns false when nothing was written
 */
export async function insertService(db: PlatformDatabase, service: NewService, by: AuditActor, now: Date): Promise<boolean> {
  const { id, config, operation } = service;
  const rows = await db.query(sql`
    WITH changed AS (
      INSERT INTO services (id, app_id, team_id, name, environment, port, status, generation, release, variables_sealed, bindings, is_private, allowed_ips,
        ttl_policy, expires_at, notify_sealed, created_at, updated_at)
      VALUES (${id}::uuid, ${service.appId}, ${service.teamId}::uuid, ${service.name}, ${service.environment}, ${config.port}, 'building', 1, 1, ${config.variablesSealed},
        ${JSON.stringify(config.bindings)}::jsonb, ${config.isPrivate}::boolean, ${config.allowedIps}::text[], ${config.ttlPolicy}, ${config.expiresAt}::timestamptz,
        ${config.notifySealed}, ${now}::timestamptz, ${now}::timestamptz)
      ON CONFLICT DO NOTHING RETURNING id, team_id, generation, release
    ), ${followUps({
      operation,
      release: { source: service.source, imageOf: null, createdBy: by.userId },
      event: "building",
      action: "deployment.created",
      by,
      now,
    })}
    SELECT 1 FROM changed`);
  return rows.length > 0;
}

/** Why a release was refused, beside what runs. Does nothing when a newer release was made meanwhile. */
export async function noteRefusedRelease(
  db: PlatformDatabase,
  { id, release }: Pick<Service, "id" | "release">,
  failure: Failure,
  now: Date,
): Promise<void> {
  await db.query(sql`
    WITH noted AS (
      UPDATE services SET failure = ${JSON.stringify(failure)}::jsonb, updated_at = ${now}::timestamptz
      WHERE id = ${id}::uuid AND release = ${release} RETURNING id)
    INSERT INTO service_events (service_id, kind, failure, created_at)
    SELECT id, 'failed', ${JSON.stringify(failure)}::jsonb, ${now}::timestamptz FROM noted`);
}

export type ServiceChange = {
  /** As it was read; the change is refused when another one came first. */
  before: Service;
  config?: ServiceConfig;
  status?: ServiceStatus;
  /** Only when no release, stop or deletion of it is under way. */
  whenSettled: boolean;
  operation?: NewOperation;
  release?: NewRelease;
  /** The kind of its entry in the timeline. */
  event?: string;
  action: AuditAction;
};

/** @returns false when another change came first @throws DatabaseError */
export async function changeService(db: PlatformDatabase, change: ServiceChange, by: AuditActor, now: Date): Promise<boolean> {
  const { before, config, status = before.status, whenSettled, operation, release, event, action } = change;
  const rows = await db.query(sql`
    WITH changed AS (
      UPDATE services s SET generation = s.generation + 1, updated_at = ${now}::timestamptz, status = ${status},
        release = s.release + ${release === undefined ? 0 : 1}::int
        ${config === undefined ? sql`` : configured(config)}
      WHERE s.id = ${before.id}::uuid AND s.team_id = ${before.team_id}::uuid AND s.generation = ${before.generation} AND s.status <> 'deleted'
        AND NOT (${whenSettled}::boolean AND EXISTS (SELECT 1 FROM operations o WHERE o.service_id = s.id AND o.ended_at IS NULL AND o.verb <> 'access'))
      RETURNING s.id, s.team_id, s.generation, s.release
    ), ${followUps({ operation, release, event, action, by, now })}
    SELECT 1 FROM changed`);
  return rows.length > 0;
}

function configured(config: ServiceConfig): Statement {
  return sql`, port = ${config.port}, variables_sealed = ${config.variablesSealed}, bindings = ${JSON.stringify(config.bindings)}::jsonb,
        is_private = ${config.isPrivate}::boolean, allowed_ips = ${config.allowedIps}::text[], ttl_policy = ${config.ttlPolicy},
        expires_at = ${config.expiresAt}::timestamptz, notify_sealed = ${config.notifySealed},
        notify_state = CASE WHEN ${config.notifySealed}::text IS NULL THEN 'unset' ELSE s.notify_state END`;
}

type FollowUps = {
  operation: NewOperation | undefined;
  release: NewRelease | undefined;
  event: string | undefined;
  action: AuditAction;
  by: AuditActor;
  now: Date;
};

/** What is written beside the service's own row, as CTEs over `changed`. */
function followUps({ operation, release, event, action, by, now }: FollowUps): Statement {
  const source = release?.source ?? null;
  return sql`released AS (
      INSERT INTO releases (service_id, number, source, image_of, state, created_by, created_at)
      SELECT id, release, ${source === null ? null : JSON.stringify(source)}::jsonb, ${release?.imageOf ?? null}::int,
        ${source === null ? "deploying" : "building"}, ${release?.createdBy ?? null}::uuid, ${now}::timestamptz
      FROM changed WHERE ${release !== undefined}::boolean
    ), operated AS (
      INSERT INTO operations (id, service_id, verb, release, generation, state, plan_sealed, created_at)
      SELECT ${operation?.id ?? null}::uuid, id, ${operation?.verb ?? null}, CASE WHEN ${release !== undefined}::boolean THEN release END, generation, 'queued',
        ${operation?.planSealed ?? null}, ${now}::timestamptz
      FROM changed WHERE ${operation !== undefined}::boolean
    ), noted AS (
      INSERT INTO service_events (service_id, release, kind, created_at)
      SELECT id, release, ${event ?? null}, ${now}::timestamptz FROM changed WHERE ${event !== undefined}::boolean
    ), audited AS (
      ${audit(sql`changed`, { action, by, target: { kind: "deployment", id: sql`id` }, at: now })}
    )`;
}

const goneSchema = z.array(z.object({ status: z.string() }));

/** Takes the id of a create that never finished, so that a late insert fails. Idempotent. @returns false when the row is there: the create is complete */
export async function abandonService(db: PlatformDatabase, id: string, now: Date): Promise<boolean> {
  await db.query(sql`
    INSERT INTO services (id, status, generation, created_at, updated_at, ended_at)
    VALUES (${id}::uuid, 'deleted', 1, ${now}::timestamptz, ${now}::timestamptz, ${now}::timestamptz) ON CONFLICT DO NOTHING`);
  const rows = goneSchema.parse(await db.query(sql`SELECT status FROM services WHERE id = ${id}::uuid`));
  return rows[0]?.status === "deleted";
}

/** The same for the operation of an upload that updates a service. */
export async function abandonOperation(db: PlatformDatabase, id: string, now: Date): Promise<boolean> {
  await db.query(sql`
    INSERT INTO operations (id, state, created_at, ended_at) VALUES (${id}::uuid, 'failed', ${now}::timestamptz, ${now}::timestamptz) ON CONFLICT DO NOTHING`);
  const rows = await db.query(sql`SELECT 1 FROM operations WHERE id = ${id}::uuid AND service_id IS NULL`);
  return rows.length > 0;
}

const removedSchema = z.array(z.object({ id: z.string(), team_id: z.string() }));
export type Removed = z.infer<typeof removedSchema>[number];

/** Why services go, and what that makes of them. `deleting`: then `deleted`. `expired` stays visible. */
type Removal = { status: "deleting" | "expired"; action: AuditAction; by: AuditActor; now: Date };

/** Takes the services that `which` selects (their ids), each with the operation that removes all it has. @returns those that were taken */
async function removeServices(db: PlatformDatabase, which: Statement, { status, action, by, now }: Removal): Promise<Removed[]> {
  const rows = await db.query(sql`
    WITH changed AS (
      UPDATE services SET status = ${status}, generation = generation + 1, updated_at = ${now}::timestamptz WHERE id IN (${which}) RETURNING id, team_id, generation
    ), operated AS (
      INSERT INTO operations (id, service_id, verb, generation, state, created_at)
      SELECT gen_random_uuid(), id, 'delete', generation, 'queued', ${now}::timestamptz FROM changed
    ), noted AS (
      INSERT INTO service_events (service_id, kind, created_at) SELECT id, ${status}, ${now}::timestamptz FROM changed
    ), audited AS (
      ${audit(sql`changed`, { action, by, target: { kind: "deployment", id: sql`id` }, at: now })}
    ) SELECT id, team_id FROM changed`);
  return removedSchema.parse(rows);
}

/** @returns null when it is going already */
export async function deleteService(
  db: PlatformDatabase,
  { id, teamId }: { id: string; teamId: string | null },
  by: AuditActor,
  now: Date,
): Promise<Removed | null> {
  const which = sql`SELECT id FROM services WHERE id = ${id}::uuid AND team_id IS NOT NULL AND (${teamId}::uuid IS NULL OR team_id = ${teamId}::uuid)
    AND status NOT IN ('deleting', 'deleted') FOR UPDATE`;
  return (await removeServices(db, which, { status: "deleting", action: "deployment.deleted", by, now }))[0] ?? null;
}

/** Whose lifetime has ended. */
export async function expireServices(db: PlatformDatabase, by: AuditActor, now: Date, limit: number): Promise<Removed[]> {
  const which = sql`SELECT id FROM services WHERE expires_at <= ${now}::timestamptz AND status NOT IN ('expired', 'deleting', 'deleted')
    ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
  return removeServices(db, which, { status: "expired", action: "deployment.expired", by, now });
}

/** Gives those that are going, and whose operation has failed, another one. @returns how many */
export async function repeatRemovals(db: PlatformDatabase, before: Date, now: Date, limit: number): Promise<Removed[]> {
  const rows = await db.query(sql`
    WITH changed AS (
      UPDATE services SET generation = generation + 1, updated_at = ${now}::timestamptz WHERE id IN (
        SELECT id FROM services s WHERE status IN ('deleting', 'expired') AND ended_at IS NULL AND updated_at < ${before}::timestamptz
          AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.service_id = s.id AND o.ended_at IS NULL) LIMIT ${limit} FOR UPDATE SKIP LOCKED
      ) RETURNING id, team_id, generation
    ), operated AS (
      INSERT INTO operations (id, service_id, verb, generation, state, created_at)
      SELECT gen_random_uuid(), id, 'delete', generation, 'queued', ${now}::timestamptz FROM changed
    ) SELECT id, team_id FROM changed`);
  return removedSchema.parse(rows);
}

/** Deletes the history of at most `limit` services gone before `before`. */
export async function purgeServices(db: PlatformDatabase, before: Date, limit: number): Promise<number> {
  const rows = await db.query(sql`
    DELETE FROM services WHERE id IN (SELECT id FROM services WHERE ended_at < ${before}::timestamptz LIMIT ${limit}) RETURNING id`);
  const given = await db.query(sql`DELETE FROM operations WHERE service_id IS NULL AND ended_at < ${before}::timestamptz RETURNING id`);
  return rows.length + given.length;
}
