/** The tables of an admitting object. Every row and its lifetime: docs/storage-schema.md. */

const SCHEMA = `
CREATE TABLE IF NOT EXISTS rate (only_row INTEGER PRIMARY KEY CHECK (only_row = 0), window_start INTEGER NOT NULL, used INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS days (day TEXT PRIMARY KEY, used INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS intents (
  resource_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  slot_day TEXT,
  due_at INTEGER NOT NULL,
  abandoning INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS intents_due ON intents (due_at);
CREATE TABLE IF NOT EXISTS keys (
  route TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  resource_id TEXT,
  lease_until INTEGER NOT NULL,
  status INTEGER,
  sealed_body TEXT,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (route, key_hash)
);
CREATE INDEX IF NOT EXISTS keys_resource ON keys (resource_id);
CREATE TABLE IF NOT EXISTS living (resource_id TEXT PRIMARY KEY, kind TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (upload_id TEXT PRIMARY KEY, lease_until INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS keys_expiry ON keys (expires_at);
`;

export function createTables(sql: SqlStorage): void {
  sql.exec(SCHEMA);
  // Objects of before the column keep their intents.
  const columns = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info('intents')").toArray();
  if (!columns.some(({ name }) => name === "refused")) sql.exec("ALTER TABLE intents ADD COLUMN refused INTEGER NOT NULL DEFAULT 0");
}

/** True when nothing is left that must be remembered. */
export function isEmpty(sql: SqlStorage): boolean {
  const { left } = sql
    .exec<{ left: number }>(
      "SELECT (SELECT count(*) FROM intents) + (SELECT count(*) FROM keys) + (SELECT count(*) FROM days) + (SELECT count(*) FROM living) + (SELECT count(*) FROM uploads) AS left",
    )
    .one();
  return left === 0;
}
