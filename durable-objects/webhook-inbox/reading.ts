/** Reading the ring: pages, single requests, and what came after one. */
import { PAGE_MAX_BYTES, type PageQuery, type StoredRequest } from "../../contract/webhook-inbox.ts";
import { firstKeyOf, idOf, keyOf } from "./ids.ts";

type Row = {
  key: number;
  previous_key: number;
  bytes: number;
  received_at: number;
  method: string;
  path: string;
  query: string;
  headers: string;
  body: ArrayBuffer;
};

const COLUMNS = "key, previous_key, bytes, received_at, method, path, query, headers, body";

function stored(row: Row): StoredRequest {
  return {
    id: idOf(row.key),
    receivedAt: row.received_at,
    method: row.method,
    path: row.path,
    query: row.query,
    // Written by `append` alone.
    headers: JSON.parse(row.headers) as Record<string, string[]>,
    body: new Uint8Array(row.body),
  };
}

/** Newest first. `next` is where the next page begins, or null. */
export function readPage(
  sql: SqlStorage,
  { limit, before, after, sinceMs }: PageQuery,
): { requests: StoredRequest[]; next: string | null } {
  const rows = sql.exec<Row>(
    `SELECT ${COLUMNS} FROM requests WHERE key < ? AND key > ? AND key >= ? ORDER BY key DESC LIMIT ?`,
    before === null ? Number.MAX_SAFE_INTEGER : keyOf(before),
    after === null ? 0 : keyOf(after),
    sinceMs === null ? 0 : firstKeyOf(sinceMs),
    limit + 1,
  );
  const requests: StoredRequest[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += row.bytes;
    const isFull = requests.length === limit || (requests.length > 0 && bytes > PAGE_MAX_BYTES);
    if (isFull) return { requests, next: requests.at(-1)?.id ?? null };
    requests.push(stored(row));
  }
  return { requests, next: null };
}

export function readOne(sql: SqlStorage, id: string): StoredRequest | null {
  const row = sql.exec<Row>(`SELECT ${COLUMNS} FROM requests WHERE key = ?`, keyOf(id)).toArray()[0];
  return row ? stored(row) : null;
}

/** The oldest request after `after`; `missed` when others between the two are evicted. */
export function readAfter(sql: SqlStorage, after: string | null): { request: StoredRequest; missed: boolean } | null {
  const afterKey = after === null ? 0 : keyOf(after);
  const row = sql.exec<Row>(`SELECT ${COLUMNS} FROM requests WHERE key > ? ORDER BY key LIMIT 1`, afterKey).toArray()[0];
  return row ? { request: stored(row), missed: after !== null && row.previous_key > afterKey } : null;
}
