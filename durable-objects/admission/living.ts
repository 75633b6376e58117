/**
 * The living resources and deployments of one caller, by id: what `live_resources`, `deployments_apps` and the counts of single kinds are held against. An id is counted
 * from its admission until its create fails or it is dropped; one that came by a claim from `attach` on.
 */
import { type AdmitRequest, type AdmittedKind, DEPLOYMENT } from "../../contract/admission.ts";

export function countLiving(sql: SqlStorage, resourceId: string, kind: AdmittedKind): void {
  sql.exec("INSERT INTO living VALUES (?, ?) ON CONFLICT DO NOTHING", resourceId, kind);
}

export function uncount(sql: SqlStorage, resourceId: string): void {
  sql.exec("DELETE FROM living WHERE resource_id = ?", resourceId);
}

/** The cap one more resource would pass, or null when it fits. `resumed` already counts, if it does. */
export function passedCap(sql: SqlStorage, { live, kind }: AdmitRequest, resumed: string | null): { cap: number; ofKind: boolean } | null {
  if (live === null) return null;
  const { all, alike } = sql
    .exec<{ all: number; alike: number }>(
      `SELECT count(*) FILTER (WHERE (kind = '${DEPLOYMENT}') = (? = '${DEPLOYMENT}')) AS "all", count(*) FILTER (WHERE kind = ?) AS alike FROM living WHERE resource_id IS NOT ?`,
      kind,
      kind,
      resumed,
    )
    .one();
  if (live.kindCap !== null && alike >= live.kindCap) return { cap: live.kindCap, ofKind: true };
  return live.cap !== null && all >= live.cap ? { cap: live.cap, ofKind: false } : null;
}
