/** How often a mail that was not taken is tried: at once, and then by the cron after 1, 2, 4 and 8 minutes. */

/** After a quarter of an hour nobody waits for a link any more. */
export const TRIES_MAX = 5;
/** Until then the request that asked for a mail is sending it; a crash leaves it to the cron. */
export const FIRST_RETRY_MS = 60_000;
