/** How long a signed URL lives: as long as is asked for, but never longer than the keys that sign it. Pure. */

const SECOND_MS = 1_000;
/** Keys that last for this share of what fresh ones would give are good enough: a URL that is asked for again and again renews them rarely. */
const GOOD_SHARE = 0.9;

export type Asked = {
  expiresInSeconds: number;
  /** How long fresh keys live (OBJECT_STORE_CREDENTIALS_SECONDS). */
  freshSeconds: number;
  nowMs: number;
  /** When the keys at hand end; undefined for keys that do not. */
  keysEndMs: number | undefined;
};

/** Whether the keys at hand end too early for this URL, and fresh ones would not. */
export function endsTooEarly({ expiresInSeconds, freshSeconds, nowMs, keysEndMs }: Asked): boolean {
  if (keysEndMs === undefined) return false;
  return keysEndMs - nowMs < GOOD_SHARE * Math.min(expiresInSeconds, freshSeconds) * SECOND_MS;
}

/** @returns whole seconds; less than 1 with keys that have ended */
export function urlSeconds({ expiresInSeconds, nowMs, keysEndMs }: Asked): number {
  return keysEndMs === undefined ? expiresInSeconds : Math.min(expiresInSeconds, Math.floor((keysEndMs - nowMs) / SECOND_MS));
}
