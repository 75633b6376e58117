/** The outbox's one table, and the takeover of the two tables that earlier versions kept. */

export function createTables(sql: SqlStorage): void {
  // A dead job has no due_at until it is revived.
  sql.exec(`
    CREATE TABLE IF NOT EXISTS outbox (
      target TEXT NOT NULL,
      verb TEXT NOT NULL,
      generation INTEGER NOT NULL,
      payload TEXT NOT NULL CHECK (json_valid(payload)),
      state TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'dead')),
      attempts INTEGER NOT NULL DEFAULT 0,
      given_at INTEGER NOT NULL,
      due_at INTEGER,
      last_error TEXT,
      tried_at INTEGER,
      PRIMARY KEY (target, verb)
    );
    CREATE INDEX IF NOT EXISTS outbox_due ON outbox (due_at) WHERE due_at IS NOT NULL;
    CREATE INDEX IF NOT EXISTS outbox_state ON outbox (state, given_at);`);
  takeOver(sql, "jobs", "json_object('kind', kind)", "drop");
  takeOver(sql, "limit_jobs", "json_object('kind', kind, 'limits', json(limits), 'access', access)", "limit");
}

/** Both statements are committed together: nothing is awaited between them. */
function takeOver(sql: SqlStorage, table: "jobs" | "limit_jobs", payload: string, verb: string): void {
  const [former] = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", table).toArray();
  if (former === undefined) return;
  sql.exec(
    `INSERT INTO outbox (target, verb, generation, payload, attempts, given_at, due_at)
     SELECT resource_id, ?, generation, ${payload}, attempts, due_at, due_at FROM ${table} WHERE true ORDER BY generation
     ON CONFLICT (target, verb) DO UPDATE SET generation = excluded.generation, payload = excluded.payload`,
    verb,
  );
  sql.exec(`DROP TABLE ${table}`);
}
