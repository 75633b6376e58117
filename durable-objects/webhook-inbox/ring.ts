/** The ring: what comes in at one end and is evicted at the other. All functions are synchronous: they run inside one turn of the object. */
import type { Arrival, InboxLimits } from "../../contract/webhook-inbox.ts";
import { nextKey } from "./ids.ts";

type End = { key: number; ordinal: number; bytes: number; bytes_so_far: number };
export type Totals = { count: number; bytes: number };

const END = "SELECT key, ordinal, bytes, bytes_so_far FROM requests ORDER BY key";

function newest(sql: SqlStorage): End | undefined {
  return sql.exec<End>(`${END} DESC LIMIT 1`).toArray()[0];
}

function oldest(sql: SqlStorage): End | undefined {
  return sql.exec<End>(`${END} LIMIT 1`).toArray()[0];
}

function between(first: End | undefined, last: End | undefined): Totals {
  if (!first || !last) return { count: 0, bytes: 0 };
  return { count: last.ordinal - first.ordinal + 1, bytes: last.bytes_so_far - first.bytes_so_far + first.bytes };
}

/** What is kept, read from the two ends of the ring. */
export function totals(sql: SqlStorage): Totals {
  return between(oldest(sql), newest(sql));
}

/** What a request counts: its body and its words, in UTF-8. */
export function sizeOf({ method, path, query, body }: Arrival, headers: string): number {
  const words = new TextEncoder().encode(method + path + query + headers);
  return words.byteLength + body.byteLength;
}

/** @param random in [0, 1) @returns the key of the new row */
export function append(sql: SqlStorage, arrival: Arrival, nowMs: number, random: number): number {
  const last = newest(sql);
  const headers = JSON.stringify(arrival.headers);
  const bytes = sizeOf(arrival, headers);
  const key = nextKey(last?.key ?? 0, nowMs, random);
  sql.exec(
    "INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    key,
    last?.key ?? 0,
    (last?.ordinal ?? 0) + 1,
    bytes,
    (last?.bytes_so_far ?? 0) + bytes,
    nowMs,
    arrival.method,
    arrival.path,
    arrival.query,
    headers,
    arrival.body,
  );
  return key;
}

/** Removes the oldest until the rest fits; the newest always stays. @returns whether any had to go */
export function evict(sql: SqlStorage, limits: InboxLimits): boolean {
  const last = newest(sql);
  let evicted = false;
  for (let first = oldest(sql); first && last && first.key < last.key; first = oldest(sql)) {
    const { count, bytes } = between(first, last);
    if (count <= limits.requests && bytes <= limits.bytes) break;
    sql.exec("DELETE FROM requests WHERE key = ?", first.key);
    evicted = true;
  }
  return evicted;
}
