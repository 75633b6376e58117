/** Attempts to send a mail: at once, and then by the cron after 1, 2, 4 and 8 minutes. */

/** The last attempt comes after 15 minutes, the lifetime of a link. */
export const TRIES_MAX = 5;
/** Until then the request that wrote the mail sends it; after a crash the cron does. */
export const FIRST_RETRY_MS = 60_000;
