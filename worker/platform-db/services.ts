/** A service as its row holds it: finding and listing. Changes are in service-changes.ts. */
import { z } from "zod";
import { failureSchema, serviceStatusSchema } from "../../contract/deploys.ts";
import { tierSchema } from "../../contract/plans.ts";
import { type PlatformDatabase, sql } from "./database.ts";
import type { ListPosition } from "./resource-list.ts";

export const TTL_POLICIES = ["permanent", "auto_24h", "custom"] as const;
export const NOTIFY_STATES = ["unset", "pending", "sent", "failed"] as const;

const serviceSchema = z.object({
  id: z.string(),
  app_id: z.string(),
  team_id: z.string(),
  /** The team's of now. */
  tier: tierSchema,
  name: z.string(),
  environment: z.string(),
  port: z.number(),
  status: serviceStatusSchema.exclude(["deleted"]),
  generation: z.number(),
  release: z.number(),
  current_release: z.number().nullable(),
  is_serving: z.boolean(),
  /** Null once its containers are gone. */
  variables_sealed: z.string().nullable(),
  bindings: z.record(z.string(), z.string()),
  is_private: z.boolean(),
  allowed_ips: z.array(z.string()),
  ttl_policy: z.enum(TTL_POLICIES),
  expires_at: z.coerce.date().nullable(),
  notify_sealed: z.string().nullable(),
  notify_state: z.enum(NOTIFY_STATES),
  notify_attempts: z.number(),
  failure: failureSchema.nullable(),
  created_at: z.coerce.date(),
  updated_at: z.coerce.date(),
  /** Of the release that waits. */
  queue_position: z.number().nullable(),
});
export type Service = z.infer<typeof serviceSchema>;

const COLUMNS = sql`s.id, s.app_id, s.team_id, t.tier, s.name, s.environment, s.port, s.status, s.generation, s.release, s.current_release, s.is_serving,
  s.variables_sealed, s.bindings, s.is_private, s.allowed_ips, s.ttl_policy, s.expires_at, s.notify_sealed, s.notify_state, s.notify_attempts, s.failure,
  s.created_at, s.updated_at,
  (SELECT o.queue_position FROM operations o WHERE o.service_id = s.id AND o.ended_at IS NULL AND o.verb = 'deploy' ORDER BY o.generation LIMIT 1) AS queue_position`;

/** A team's service by its app id or its id. @throws DatabaseError */
export async function findService(db: PlatformDatabase, teamId: string, id: { appId: string } | { id: string }): Promise<Service | null> {
  const which = "appId" in id ? sql`s.app_id = ${id.appId}` : sql`s.id = ${id.id}::uuid`;
  const rows = await db.query(sql`
    SELECT ${COLUMNS} FROM services s JOIN teams t ON t.id = s.team_id WHERE s.team_id = ${teamId}::uuid AND s.status <> 'deleted' AND ${which}`);
  return z.array(serviceSchema).parse(rows)[0] ?? null;
}

/** The newest living one of a name and environment. @throws DatabaseError */
export async function findServiceNamed(
  db: PlatformDatabase,
  teamId: string,
  { name, environment }: { name: string; environment: string },
): Promise<Service | null> {
  const rows = await db.query(sql`
    SELECT ${COLUMNS} FROM services s JOIN teams t ON t.id = s.team_id
    WHERE s.team_id = ${teamId}::uuid AND s.status NOT IN ('expired', 'deleting', 'deleted') AND s.name = ${name} AND s.environment = ${environment}
    ORDER BY s.created_at DESC, s.id DESC LIMIT 1`);
  return z.array(serviceSchema).parse(rows)[0] ?? null;
}

export type ServiceFilter = { environment: string | null; before: ListPosition | null; limit: number };

const pageSchema = z.tuple([z.object({ total: z.number(), items: z.array(serviceSchema) })]);

/** Newest first. @returns `total` counts all pages @throws DatabaseError */
export async function listServices(
  db: PlatformDatabase,
  teamId: string,
  { environment, before, limit }: ServiceFilter,
): Promise<{ total: number; items: Service[] }> {
  const rows = await db.query(sql`
    WITH mine AS (
      SELECT ${COLUMNS} FROM services s JOIN teams t ON t.id = s.team_id
      WHERE s.team_id = ${teamId}::uuid AND s.status <> 'deleted' AND (${environment}::text IS NULL OR s.environment = ${environment}::text)
    ), page AS (
      SELECT * FROM mine
      WHERE ${before?.id ?? null}::uuid IS NULL OR (created_at, id) < (${before?.createdAt ?? null}::timestamptz, ${before?.id ?? null}::uuid)
      ORDER BY created_at DESC, id DESC LIMIT ${limit}
    )
    SELECT (SELECT count(*)::int FROM mine) AS total, (SELECT coalesce(json_agg(page ORDER BY created_at DESC, id DESC), '[]') FROM page) AS items`);
  return pageSchema.parse(rows)[0];
}

/** Whether the team lets its members and keys delete without the confirmation by mail. @throws DatabaseError */
export async function maySkipConfirmation(db: PlatformDatabase, teamId: string): Promise<boolean> {
  return (await db.query(sql`SELECT 1 FROM teams WHERE id = ${teamId}::uuid AND skip_confirmation_allowed`)).length > 0;
}
