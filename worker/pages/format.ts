/** Numbers and moments as a person reads them. */
import { UNLIMITED } from "../../contract/plans.ts";

const KIB = 1024;
const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Above this, days say more than hours. */
const HOURS_SHOWN_MS = 48 * HOUR_MS;

/** "1.5 MB", "0 bytes". */
export function shownBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= KIB && unit < UNITS.length - 1) {
    value /= KIB;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** A size of plans.yaml, in MiB. */
export function shownMebibytes(megabytes: number): string {
  return megabytes === UNLIMITED ? "unlimited" : shownBytes(megabytes * KIB * KIB);
}

/** A count of plans.yaml. */
export function shownCount(count: number): string {
  return count === UNLIMITED ? "unlimited" : count.toLocaleString("en-US");
}

/** "$9"; whole dollars lose their cents. */
export function shownPrice(cents: number): string {
  return `$${(cents / 100).toLocaleString("en-US", { minimumFractionDigits: cents % 100 === 0 ? 0 : 2 })}`;
}

/** "2 h", "5 min", "3 days": the largest unit that is not zero. */
export function shownSpan(ms: number): string {
  const whole = (unitMs: number) => Math.floor(ms / unitMs);
  if (ms >= HOURS_SHOWN_MS) return `${whole(DAY_MS)} days`;
  if (ms >= HOUR_MS) return `${whole(HOUR_MS)} h`;
  return ms >= MINUTE_MS ? `${whole(MINUTE_MS)} min` : "less than a minute";
}

/** "5 min ago". */
export function shownAgo(iso: string, nowMs: number): string {
  const ms = nowMs - Date.parse(iso);
  return ms < MINUTE_MS ? "just now" : `${shownSpan(ms)} ago`;
}

/** "2026-11-25 08:00:00 UTC". */
export function shownMoment(iso: string): string {
  return `${iso.slice(0, 19).replace("T", " ")} UTC`;
}
