/** The mailbox's one table. */
import type { SealedMail } from "../../contract/mailbox.ts";

export function createTable(sql: SqlStorage): void {
  sql.exec(
    "CREATE TABLE IF NOT EXISTS mails (position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, received_at INTEGER NOT NULL, sealed TEXT NOT NULL)",
  );
}

export function keepMail(sql: SqlStorage, { id, receivedAt, sealed }: SealedMail, max: number): void {
  sql.exec("INSERT INTO mails (id, received_at, sealed) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", id, receivedAt, sealed);
  sql.exec("DELETE FROM mails WHERE position NOT IN (SELECT position FROM mails ORDER BY position DESC LIMIT ?)", max);
}

export function listMails(sql: SqlStorage): SealedMail[] {
  return sql
    .exec<{ id: string; received_at: number; sealed: string }>("SELECT id, received_at, sealed FROM mails ORDER BY position DESC")
    .toArray()
    .map(({ id, received_at: receivedAt, sealed }) => ({ id, receivedAt, sealed }));
}
