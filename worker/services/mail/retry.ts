/** When a mail that was not taken is tried again. */

const FIRST_RETRY_MS = 60_000;
/** With the waits below, about half an hour: after that nobody waits for a link any more. */
export const RETRIES_MAX = 5;

/** After how many tries so far, how long to wait: 1, 2, 4, 8 minutes. */
export function retryAt(nowMs: number, attempts: number): Date {
  return new Date(nowMs + FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, RETRIES_MAX));
}
