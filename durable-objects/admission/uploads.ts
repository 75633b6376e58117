/** Uploads in progress. Each holds a place under a lease, so that a Worker that died frees it. */

/** @returns false when all places are taken */
export function takePlace(sql: SqlStorage, uploadId: string, { max, leaseMs }: { max: number; leaseMs: number }, nowMs: number): boolean {
  purgeUploads(sql, nowMs);
  const { taken } = sql.exec<{ taken: number }>("SELECT count(*) AS taken FROM uploads WHERE upload_id <> ?", uploadId).one();
  if (taken >= max) return false;
  sql.exec("INSERT INTO uploads VALUES (?, ?) ON CONFLICT DO UPDATE SET lease_until = excluded.lease_until", uploadId, nowMs + leaseMs);
  return true;
}

export function endUpload(sql: SqlStorage, uploadId: string): void {
  sql.exec("DELETE FROM uploads WHERE upload_id = ?", uploadId);
}

export function purgeUploads(sql: SqlStorage, nowMs: number): void {
  sql.exec("DELETE FROM uploads WHERE lease_until <= ?", nowMs);
}
