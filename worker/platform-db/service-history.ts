/** The releases of a service and its timeline. */
import { z } from "zod";
import { failureSchema, sourceSchema } from "../../contract/deploys.ts";
import { type PlatformDatabase, sql } from "./database.ts";

export const RELEASE_STATES = ["building", "deploying", "live", "superseded", "failed"] as const;

const releaseSchema = z.object({
  number: z.number(),
  source: sourceSchema.nullable(),
  image_of: z.number().nullable(),
  state: z.enum(RELEASE_STATES),
  failure: failureSchema.nullable(),
  created_by: z.string().nullable(),
  created_at: z.coerce.date(),
  ended_at: z.coerce.date().nullable(),
});
export type Release = z.infer<typeof releaseSchema>;

/** Newest first. @throws DatabaseError */
export async function listReleases(db: PlatformDatabase, serviceId: string, limit: number): Promise<Release[]> {
  const rows = await db.query(sql`
    SELECT number, source, image_of, state, failure, created_by, created_at, ended_at FROM releases
    WHERE service_id = ${serviceId}::uuid ORDER BY number DESC LIMIT ${limit}`);
  return z.array(releaseSchema).parse(rows);
}

const eventSchema = z.object({
  kind: z.string(),
  release: z.number().nullable(),
  failure: failureSchema.nullable(),
  created_at: z.coerce.date(),
});
export type ServiceEvent = z.infer<typeof eventSchema>;

/** Newest first. @throws DatabaseError */
export async function listEvents(db: PlatformDatabase, serviceId: string, limit: number): Promise<ServiceEvent[]> {
  const rows = await db.query(sql`
    SELECT kind, release, failure, created_at FROM service_events WHERE service_id = ${serviceId}::uuid ORDER BY id DESC LIMIT ${limit}`);
  return z.array(eventSchema).parse(rows);
}

/** Deletes events older than `before`, of living services too. */
export async function purgeEvents(db: PlatformDatabase, before: Date, limit: number): Promise<number> {
  const rows = await db.query(sql`
    DELETE FROM service_events WHERE id IN (SELECT id FROM service_events WHERE created_at < ${before}::timestamptz LIMIT ${limit}) RETURNING id`);
  return rows.length;
}
