/** The schedule of attempts to send a mail: immediately by the request, then by the cron after 1, 2, 4 and 8 minutes. */

/** The last attempt comes after 15 minutes, the lifetime of a link. */
export const TRIES_MAX = 5;
/** Until then, the request that wrote the mail is responsible for sending it. The cron takes over afterwards, for example after a crash. */
export const FIRST_RETRY_MS = 60_000;
