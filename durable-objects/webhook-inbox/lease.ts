/** The inbox's own row: open with its limits and lease, or closed and remembered as that for a while. */
import type { FixedResponse, InboxLease, InboxRecord, Opening, Pause } from "../../contract/webhook-inbox.ts";
import { createTables, hasTables } from "./tables.ts";

const DAY_MS = 86_400_000;
/** Longer than any create that was on its way can still arrive; as long as the bridge's tombstones stand. */
export const TOMBSTONE_MS = 7 * DAY_MS;
/** Closing is the platform's work. An inbox that it forgot asks this long after its lease. */
export const ASK_AFTER_MS = DAY_MS;
/** One without an end asks this often. */
export const ASK_EVERY_MS = 7 * DAY_MS;

export type OpenState = { isOpen: true; wakeAt: number; pause: Pause } & Opening;
/** `wakeAt`: from then on a closed inbox is as if it had never been; an open one asks what has become of its resource. */
export type State = OpenState | { isOpen: false; wakeAt: number };

type Row = {
  is_open: number;
  resource_id: string | null;
  requests_max: number;
  bytes_max: number;
  expires_at: number | null;
  response: string | null;
  wake_at: number;
};

/** Null: never opened, or forgotten. */
export function readState(sql: SqlStorage): State | null {
  if (!hasTables(sql)) return null;
  // An inbox of an older version has no table of pauses yet.
  createTables(sql);
  const row = sql.exec<Row>("SELECT is_open, resource_id, requests_max, bytes_max, expires_at, response, wake_at FROM inbox").toArray()[0];
  if (!row) return null;
  if (row.is_open === 0) return { isOpen: false, wakeAt: row.wake_at };
  return {
    isOpen: true,
    resourceId: row.resource_id ?? "",
    limits: { requests: row.requests_max, bytes: row.bytes_max },
    expiresAt: row.expires_at,
    // Written by `writeOpen` alone.
    response: row.response === null ? null : (JSON.parse(row.response) as FixedResponse),
    pause: readPause(sql),
    wakeAt: row.wake_at,
  };
}

/** Never paused: older than any generation of a row. */
const NOT_PAUSED: Pause = { isPaused: false, generation: 0 };

function readPause(sql: SqlStorage): Pause {
  const row = sql.exec<{ is_paused: number; generation: number }>("SELECT is_paused, generation FROM pause").toArray()[0];
  return row === undefined ? NOT_PAUSED : { isPaused: row.is_paused === 1, generation: row.generation };
}

export function writeOpen(sql: SqlStorage, opening: Opening, nowMs: number): OpenState {
  const { resourceId, limits, expiresAt, response } = opening;
  const wakeAt = expiresAt === null ? nowMs + ASK_EVERY_MS : expiresAt + ASK_AFTER_MS;
  createTables(sql);
  sql.exec(
    "INSERT OR REPLACE INTO inbox VALUES (0, 1, ?, ?, ?, ?, ?, ?)",
    resourceId,
    limits.requests,
    limits.bytes,
    expiresAt,
    response === null ? null : JSON.stringify(response),
    wakeAt,
  );
  const pause = opening.pause ?? readPause(sql);
  sql.exec("INSERT OR REPLACE INTO pause VALUES (0, ?, ?)", pause.isPaused ? 1 : 0, pause.generation);
  return { isOpen: true, ...opening, pause, wakeAt };
}

export function writeClosed(sql: SqlStorage, wakeAt: number): void {
  createTables(sql);
  sql.exec("INSERT OR REPLACE INTO inbox VALUES (0, 0, NULL, 0, 0, NULL, NULL, ?)", wakeAt);
}

/** Whether what a lease says of the pause was overtaken by what is known already. */
export function isOvertaken(known: OpenState, { pause }: InboxLease): boolean {
  return pause !== undefined && pause.generation < known.pause.generation;
}

export function isOver({ expiresAt }: InboxLease, nowMs: number): boolean {
  return expiresAt !== null && nowMs >= expiresAt;
}

/**
 * What an inbox does when it wakes: the lease it has from now on, or null to close. A row that is not there counts only against an
 * inbox whose own lease is over: rows can be lost, and nothing that still lives goes with them.
 */
export function leaseAfter(current: OpenState, record: InboxRecord, nowMs: number): InboxLease | null {
  if (record.state === "gone") return null;
  const lease = record.state === "kept" && !isOvertaken(current, record) ? leaseOf(record) : current;
  return isOver(lease, nowMs - ASK_AFTER_MS) ? null : lease;
}

function leaseOf({ limits, expiresAt, pause }: InboxLease): InboxLease {
  return { limits, expiresAt, ...(pause === undefined ? {} : { pause }) };
}
