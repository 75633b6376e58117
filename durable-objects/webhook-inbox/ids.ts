/**
 * Request ids: the millisecond and a counter within it, in one integer that is also the row's key. They grow with every request,
 * also when the clock does not. 2^53 thousandths of a millisecond last until the year 2248.
 */
const PER_MS = 1_024;
/** A new millisecond begins somewhere in its lower half, so that an id does not tell the first from the only one. */
const START_MAX = PER_MS / 2;
const HEX_DIGITS = 14;
const PREFIX = "req_";

/** @param random in [0, 1) */
export function nextKey(lastKey: number, nowMs: number, random: number): number {
  return Math.max(lastKey + 1, firstKeyOf(nowMs) + Math.floor(random * START_MAX));
}

/** The smallest key of a millisecond. */
export function firstKeyOf(ms: number): number {
  return ms * PER_MS;
}

export function idOf(key: number): string {
  return PREFIX + key.toString(16).padStart(HEX_DIGITS, "0");
}

/** @param id one that fits the contract's REQUEST_ID_PATTERN */
export function keyOf(id: string): number {
  return Number.parseInt(id.slice(PREFIX.length), 16);
}
