/**
 * Idempotency keys of one actor, as hashes. A key is running (its lease has not ended), done (its answer can be replayed) or free
 * to be resumed. See docs/decisions/0004-explicit-idempotency.md.
 */
import { REPLAY_LIFETIME_MS, type SealedAnswer } from "../../contract/admission.ts";

export type KeyRow = {
  body_hash: string;
  /** Null once its resource was abandoned: the next attempt begins a new one. */
  resource_id: string | null;
  lease_until: number;
  status: number | null;
  sealed_body: string | null;
};

export function findKey(sql: SqlStorage, route: string, keyHash: string, nowMs: number): KeyRow | undefined {
  return sql
    .exec<KeyRow>(
      "SELECT body_hash, resource_id, lease_until, status, sealed_body FROM keys WHERE route = ? AND key_hash = ? AND expires_at > ?",
      route,
      keyHash,
      nowMs,
    )
    .toArray()[0];
}

export function storedAnswer(key: KeyRow): SealedAnswer | null {
  return key.status === null || key.sealed_body === null ? null : { status: key.status, sealedBody: key.sealed_body };
}

/** Leases the key to the attempt that makes `resourceId`. */
export function leaseKey(
  sql: SqlStorage,
  key: { route: string; keyHash: string; bodyHash: string },
  { resourceId, leaseUntil }: { resourceId: string; leaseUntil: number },
  nowMs: number,
): void {
  sql.exec(
    `INSERT INTO keys (route, key_hash, body_hash, resource_id, lease_until, expires_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET body_hash = excluded.body_hash, resource_id = excluded.resource_id, lease_until = excluded.lease_until,
       status = NULL, sealed_body = NULL, expires_at = excluded.expires_at`,
    key.route,
    key.keyHash,
    key.bodyHash,
    resourceId,
    leaseUntil,
    nowMs + REPLAY_LIFETIME_MS,
  );
}

export function storeAnswer(sql: SqlStorage, resourceId: string, answer: SealedAnswer): void {
  sql.exec(
    "UPDATE keys SET lease_until = 0, status = ?, sealed_body = ? WHERE resource_id = ?",
    answer.status,
    answer.sealedBody,
    resourceId,
  );
}

/** Ends the lease without an answer and says whether a key stands behind the resource at all. */
export function releaseKey(sql: SqlStorage, resourceId: string): boolean {
  return sql.exec("UPDATE keys SET lease_until = 0 WHERE resource_id = ? RETURNING 1", resourceId).toArray().length > 0;
}

/** The resource was abandoned: the key's next attempt begins a new one. */
export function detachKey(sql: SqlStorage, resourceId: string): void {
  sql.exec("UPDATE keys SET resource_id = NULL, lease_until = 0 WHERE resource_id = ?", resourceId);
}

export function forgetKeysOf(sql: SqlStorage, resourceId: string): void {
  sql.exec("DELETE FROM keys WHERE resource_id = ?", resourceId);
}

export function purgeKeys(sql: SqlStorage, nowMs: number): void {
  sql.exec("DELETE FROM keys WHERE expires_at <= ?", nowMs);
}

export function nextKeyExpiry(sql: SqlStorage): number | null {
  return sql.exec<{ due: number | null }>("SELECT min(expires_at) AS due FROM keys").one().due;
}
