/** The lifetime of a signed URL: as requested, but never longer than the keys that sign it. Pure. */

const SECOND_MS = 1_000;
/** Keys are kept while they allow this share of the lifetime that new keys would allow, so frequent requests rarely renew them. */
const GOOD_SHARE = 0.9;

export type Asked = {
  expiresInSeconds: number;
  /** Lifetime of new keys (OBJECT_STORE_CREDENTIALS_SECONDS). */
  freshSeconds: number;
  nowMs: number;
  /** When the current keys expire; undefined for keys that do not expire. */
  keysEndMs: number | undefined;
};

/** Whether the current keys expire too early for this URL and new keys would not. */
export function endsTooEarly({ expiresInSeconds, freshSeconds, nowMs, keysEndMs }: Asked): boolean {
  if (keysEndMs === undefined) return false;
  return keysEndMs - nowMs < GOOD_SHARE * Math.min(expiresInSeconds, freshSeconds) * SECOND_MS;
}

/** @returns whole seconds; less than 1 when the keys have expired */
export function urlSeconds({ expiresInSeconds, nowMs, keysEndMs }: Asked): number {
  return keysEndMs === undefined ? expiresInSeconds : Math.min(expiresInSeconds, Math.floor((keysEndMs - nowMs) / SECOND_MS));
}
