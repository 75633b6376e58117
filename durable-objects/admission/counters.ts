/** Requests per minute and creates per UTC day of one actor. All functions are synchronous: they run inside one turn of the object. */
import { type Allowance, RATE_WINDOW_MS } from "../../contract/admission.ts";

const DAY_MS = 86_400_000;

/** The UTC day of a moment, "2026-11-23". */
export function dayOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

export function secondsToMidnight(nowMs: number): number {
  return Math.ceil((DAY_MS - (nowMs % DAY_MS)) / 1000);
}

/** Counts one request in the current window; beyond the limit nothing is counted and `allowed` is false. */
export function countRequest(sql: SqlStorage, limit: number, nowMs: number): Allowance & { allowed: boolean } {
  const row = sql.exec<{ window_start: number; used: number }>("SELECT window_start, used FROM rate").toArray()[0];
  const current = row && nowMs < row.window_start + RATE_WINDOW_MS && nowMs >= row.window_start ? row : { window_start: nowMs, used: 0 };
  const allowed = current.used < limit;
  const used = current.used + (allowed ? 1 : 0);
  if (allowed)
    sql.exec(
      "INSERT INTO rate VALUES (0, ?, ?) ON CONFLICT DO UPDATE SET window_start = excluded.window_start, used = excluded.used",
      current.window_start,
      used,
    );
  const resetsInSeconds = Math.max(1, Math.ceil((current.window_start + RATE_WINDOW_MS - nowMs) / 1000));
  return { allowed, limit, remaining: limit - used, resetsInSeconds };
}

export function slotsUsed(sql: SqlStorage, day: string): number {
  return sql.exec<{ used: number }>("SELECT used FROM days WHERE day = ?", day).toArray()[0]?.used ?? 0;
}

export function takeSlot(sql: SqlStorage, day: string): void {
  sql.exec("INSERT INTO days VALUES (?, 1) ON CONFLICT DO UPDATE SET used = used + 1", day);
}

export function giveSlotBack(sql: SqlStorage, day: string): void {
  sql.exec("UPDATE days SET used = max(0, used - 1) WHERE day = ?", day);
}

export function dailyAllowance(sql: SqlStorage, cap: number, nowMs: number): Allowance {
  return { limit: cap, remaining: Math.max(0, cap - slotsUsed(sql, dayOf(nowMs))), resetsInSeconds: secondsToMidnight(nowMs) };
}

export function purgeDays(sql: SqlStorage, nowMs: number): void {
  sql.exec("DELETE FROM days WHERE day < ?", dayOf(nowMs));
}
