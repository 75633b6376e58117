/** The tables of an inbox. Every row and its lifetime: docs/storage-schema.md. */

/**
 * `requests` is a ring: rows go from its old end only. So each row carries what the sums need: `ordinal` counts every request that
 * ever came, `bytes_so_far` adds up their sizes, and `previous_key` is the row before it even when that one is evicted. The body
 * comes last, so that nothing before it is read through its overflow pages.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS inbox (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 0),
  is_open INTEGER NOT NULL,
  resource_id TEXT,
  requests_max INTEGER NOT NULL,
  bytes_max INTEGER NOT NULL,
  expires_at INTEGER,
  response TEXT,
  wake_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS requests (
  key INTEGER PRIMARY KEY,
  previous_key INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  bytes_so_far INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  query TEXT NOT NULL,
  headers TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS pause (only_row INTEGER PRIMARY KEY CHECK (only_row = 0), is_paused INTEGER NOT NULL, generation INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS rate (only_row INTEGER PRIMARY KEY CHECK (only_row = 0), window_start INTEGER NOT NULL, used INTEGER NOT NULL);
`;

export function createTables(sql: SqlStorage): void {
  sql.exec(SCHEMA);
}

/** Looks without writing: an object that was never opened must not come to hold anything. */
export function hasTables(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'inbox'").toArray().length > 0;
}
