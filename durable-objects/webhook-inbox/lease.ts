/** The inbox's own row: open with its limits and lease, or closed and remembered as that for a while. */
import type { FixedResponse, InboxLimits, Opening } from "../../contract/webhook-inbox.ts";
import { createTables, hasTables } from "./tables.ts";

/** Longer than any create that was on its way can still arrive; as long as the bridge's tombstones stand. */
export const TOMBSTONE_MS = 7 * 86_400_000;
/** Closing is the platform's work. An inbox it forgot closes itself this long after its lease. */
export const SELF_CLOSE_AFTER_MS = 86_400_000;

export type OpenLease = { isOpen: true; limits: InboxLimits; expiresAt: number | null; response: FixedResponse | null };
/** `forgetAt`: from then on it is as if it had never been. */
export type Lease = OpenLease | { isOpen: false; forgetAt: number };

type Row = {
  is_open: number;
  requests_max: number;
  bytes_max: number;
  expires_at: number | null;
  response: string | null;
  forget_at: number | null;
};

/** Null: never opened, or forgotten. */
export function readLease(sql: SqlStorage): Lease | null {
  if (!hasTables(sql)) return null;
  const row = sql.exec<Row>("SELECT is_open, requests_max, bytes_max, expires_at, response, forget_at FROM inbox").toArray()[0];
  if (!row) return null;
  if (row.is_open === 0) return { isOpen: false, forgetAt: row.forget_at ?? 0 };
  return {
    isOpen: true,
    limits: { requests: row.requests_max, bytes: row.bytes_max },
    expiresAt: row.expires_at,
    // Written by `writeOpen` alone.
    response: row.response === null ? null : (JSON.parse(row.response) as FixedResponse),
  };
}

export function writeOpen(sql: SqlStorage, { limits, expiresAt, response }: Opening): OpenLease {
  createTables(sql);
  sql.exec(
    "INSERT OR REPLACE INTO inbox VALUES (0, 1, ?, ?, ?, ?, NULL)",
    limits.requests,
    limits.bytes,
    expiresAt,
    response === null ? null : JSON.stringify(response),
  );
  return { isOpen: true, limits, expiresAt, response };
}

export function writeClosed(sql: SqlStorage, forgetAt: number): void {
  createTables(sql);
  sql.exec("INSERT OR REPLACE INTO inbox VALUES (0, 0, 0, 0, NULL, NULL, ?)", forgetAt);
}

export function isOver({ expiresAt }: OpenLease, nowMs: number): boolean {
  return expiresAt !== null && nowMs >= expiresAt;
}

/** When the object must wake by itself; null: never. */
export function wakeTime(lease: Lease): number | null {
  if (!lease.isOpen) return lease.forgetAt;
  return lease.expiresAt === null ? null : lease.expiresAt + SELF_CLOSE_AFTER_MS;
}
