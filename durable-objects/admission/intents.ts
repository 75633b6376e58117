/** Intents: creates that were admitted and not yet heard the end of. Each holds the object responsible until it is settled. */
import type { AdmittedKind } from "../../contract/admission.ts";

export type Intent = {
  resource_id: string;
  kind: AdmittedKind;
  attempt: number;
  /** The UTC day whose slot it holds; null when it was given back or none was needed. */
  slot_day: string | null;
  due_at: number;
  abandoning: number;
  failures: number;
  /** 1: there was one attempt, and its caller was told that it failed. */
  refused: number;
};

export function findIntent(sql: SqlStorage, resourceId: string): Intent | undefined {
  return sql.exec<Intent>("SELECT * FROM intents WHERE resource_id = ?", resourceId).toArray()[0];
}

/** Opens an intent, or the next attempt of one, and returns the attempt's number. */
export function openIntent(
  sql: SqlStorage,
  intent: { resourceId: string; kind: AdmittedKind; slotDay: string | null; dueAt: number },
): number {
  const { attempt } = sql
    .exec<{ attempt: number }>(
      `INSERT INTO intents (resource_id, kind, attempt, slot_day, due_at) VALUES (?, ?, 1, ?, ?)
       ON CONFLICT DO UPDATE SET attempt = attempt + 1, slot_day = coalesce(slot_day, excluded.slot_day), due_at = excluded.due_at, failures = 0, refused = 0
       RETURNING attempt`,
      intent.resourceId,
      intent.kind,
      intent.slotDay,
      intent.dueAt,
    )
    .one();
  return attempt;
}

export function closeIntent(sql: SqlStorage, resourceId: string): void {
  sql.exec("DELETE FROM intents WHERE resource_id = ?", resourceId);
}

/**
 * The attempt failed and its caller knows: the slot is free again, and the intent falls due at `dueAt`. A later attempt's failure
 * says nothing of the row: the first may have written and answered it.
 */
export function releaseIntent(sql: SqlStorage, resourceId: string, dueAt: number): void {
  sql.exec("UPDATE intents SET slot_day = NULL, refused = (attempt = 1), due_at = ? WHERE resource_id = ?", dueAt, resourceId);
}

/** Takes the due intents for abandoning; from here on no retry resumes them. */
export function takeDueIntents(sql: SqlStorage, nowMs: number, limit: number): Intent[] {
  return sql
    .exec<Intent>(
      "UPDATE intents SET abandoning = 1 WHERE resource_id IN (SELECT resource_id FROM intents WHERE due_at <= ? ORDER BY due_at LIMIT ?) RETURNING *",
      nowMs,
      limit,
    )
    .toArray();
}

export function postponeIntent(sql: SqlStorage, resourceId: string, dueAt: number): void {
  sql.exec("UPDATE intents SET due_at = ?, failures = failures + 1 WHERE resource_id = ?", dueAt, resourceId);
}

export function nextIntentDue(sql: SqlStorage): number | null {
  return sql.exec<{ due: number | null }>("SELECT min(due_at) AS due FROM intents").one().due;
}
