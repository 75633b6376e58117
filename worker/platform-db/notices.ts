/** Notices: the requests that tell a webhook how a release ended. */
import { z } from "zod";
import { failureSchema, sourceSchema } from "../../contract/deploys.ts";
import { type PlatformDatabase, sql } from "./database.ts";

const noticeSchema = z.object({
  id: z.string(),
  app_id: z.string(),
  notify_sealed: z.string(),
  release: z.number(),
  /** This one included. */
  attempts: z.number(),
  has_failed: z.boolean(),
  failure: failureSchema.nullable(),
  source: sourceSchema.nullable(),
  created_at: z.coerce.date(),
  ended_at: z.coerce.date(),
});
export type Notice = z.infer<typeof noticeSchema>;

/** Takes due notices for one attempt each; another run leaves them alone until `until`. @param serviceId null for any */
export async function takeDueNotices(
  db: PlatformDatabase,
  { serviceId, now, until, limit }: { serviceId: string | null; now: Date; until: Date; limit: number },
): Promise<Notice[]> {
  const rows = await db.query(sql`
    UPDATE services s SET notify_attempts = s.notify_attempts + 1, notify_due_at = ${until}::timestamptz
    FROM releases r WHERE r.service_id = s.id AND r.number = s.notify_release AND r.ended_at IS NOT NULL AND s.notify_sealed IS NOT NULL AND s.id IN (
      SELECT id FROM services WHERE notify_state = 'pending' AND notify_due_at <= ${now}::timestamptz
        AND (${serviceId}::uuid IS NULL OR id = ${serviceId}::uuid) ORDER BY notify_due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING s.id, s.app_id, s.notify_sealed, s.notify_release AS release, s.notify_attempts AS attempts, r.source,
      (r.state = 'failed' OR (s.failure IS NOT NULL AND NOT s.is_serving)) AS has_failed,
      coalesce(r.failure, CASE WHEN NOT s.is_serving THEN s.failure END) AS failure,
      r.created_at, r.ended_at`);
  return z.array(noticeSchema).parse(rows);
}

/** How an attempt ended; ignored when a newer release's notice has taken its place. `dueAt`: of the next attempt. */
export async function recordNotice(
  db: PlatformDatabase,
  { id, release, attempts }: Pick<Notice, "id" | "release" | "attempts">,
  ended: { state: "pending" | "sent" | "failed"; dueAt: Date | null },
): Promise<void> {
  await db.query(sql`
    UPDATE services SET notify_state = ${ended.state}, notify_due_at = ${ended.dueAt}::timestamptz
    WHERE id = ${id}::uuid AND notify_release = ${release} AND notify_attempts = ${attempts} AND notify_state = 'pending'`);
}
