/** Operations: what is to be sent to the bridge, and what the bridge says about it. */
import { z } from "zod";
import { BUILDING_STEPS, type OperationStatus } from "../../contract/operations.ts";
import type { ServiceState } from "../../contract/reports.ts";
import { type PlatformDatabase, sql } from "./database.ts";

const sendableSchema = z.object({
  id: z.string(),
  service_id: z.string(),
  team_id: z.string(),
  app_id: z.string(),
  verb: z.enum(["deploy", "stop", "access", "delete"]),
  generation: z.number(),
  seq: z.number(),
  plan_sealed: z.string().nullable(),
  is_private: z.boolean(),
  allowed_ips: z.array(z.string()),
  /** The bridge has accepted it. */
  is_heard: z.boolean(),
});
/** An operation that has not ended. */
export type OpenOperation = z.infer<typeof sendableSchema>;

const COLUMNS = sql`o.id, o.service_id, s.team_id, s.app_id, o.verb, o.generation, o.seq, o.plan_sealed, s.is_private, s.allowed_ips, o.heard_at IS NOT NULL AS is_heard`;

/** The open operations of a service, in the order in which the bridge must get them. */
export async function findOpenOperations(db: PlatformDatabase, serviceId: string): Promise<OpenOperation[]> {
  const rows = await db.query(sql`
    SELECT ${COLUMNS} FROM operations o JOIN services s ON s.id = o.service_id
    WHERE o.service_id = ${serviceId}::uuid AND o.ended_at IS NULL ORDER BY o.generation`);
  return z.array(sendableSchema).parse(rows);
}

/** Open operations that the bridge has not spoken of since `before`; the ones that were asked about longest ago come first. */
export async function findSilentOperations(db: PlatformDatabase, before: Date, limit: number): Promise<OpenOperation[]> {
  const rows = await db.query(sql`
    SELECT ${COLUMNS} FROM operations o JOIN services s ON s.id = o.service_id
    WHERE o.ended_at IS NULL AND coalesce(o.heard_at, o.sent_at, o.created_at) < ${before}::timestamptz
    ORDER BY coalesce(o.heard_at, o.sent_at, o.created_at) LIMIT ${limit}`);
  return z.array(sendableSchema).parse(rows);
}

/** It is on its way; the cron leaves it alone for a minute. */
export async function recordSent(db: PlatformDatabase, id: string, now: Date): Promise<void> {
  await db.query(sql`UPDATE operations SET sent_at = ${now}::timestamptz WHERE id = ${id}::uuid AND ended_at IS NULL`);
}

const reportedSchema = z.tuple([
  z.object({ service: z.string().nullable(), team: z.string().nullable(), is_gone: z.boolean(), is_due_notice: z.boolean().nullable() }),
]);

/** What a status has led to. `isGone`: the service has nothing on the bridge any more. */
export type Reported = { serviceId: string; teamId: string; isGone: boolean; hasNotice: boolean };

/** Takes one status of an operation: `operation_reported` of migration 0012. Idempotent. @returns null for an operation that is not known */
export async function recordStatus(db: PlatformDatabase, status: OperationStatus, now: Date): Promise<Reported | null> {
  const isBuilding = status.step !== null && BUILDING_STEPS.includes(status.step);
  const rows = await db.query(sql`
    SELECT * FROM operation_reported(${status.operation_id}::uuid, ${status.seq}::int, ${status.state}, ${status.step}, ${status.queue_position}::int,
      ${status.failure === null ? null : JSON.stringify(status.failure)}::jsonb, ${isBuilding}::boolean, ${now}::timestamptz)`);
  const [{ service, team, is_gone, is_due_notice }] = reportedSchema.parse(rows);
  return service === null || team === null
    ? null
    : { serviceId: service, teamId: team, isGone: is_gone, hasNotice: is_due_notice ?? false };
}

const stateTakenSchema = z.tuple([z.object({ is_due_notice: z.boolean() })]);

/** Takes one state of a service: `service_state_reported` of migration 0013. Idempotent. @returns whether its webhook is to be told */
export async function recordState(db: PlatformDatabase, state: ServiceState, now: Date): Promise<boolean> {
  const { service_id, generation, release, seq, failure } = state;
  const rows = await db.query(sql`
    SELECT * FROM service_state_reported(${service_id}::uuid, ${generation}::int, ${release}::int, ${seq}::int,
      ${failure === null ? null : JSON.stringify(failure)}::jsonb, ${now}::timestamptz)`);
  return stateTakenSchema.parse(rows)[0].is_due_notice;
}

/** Whether a deploy's operation was written; one that was given up was not. */
export async function hasOperation(db: PlatformDatabase, id: string): Promise<boolean> {
  return (await db.query(sql`SELECT 1 FROM operations WHERE id = ${id}::uuid AND service_id IS NOT NULL`)).length > 0;
}
