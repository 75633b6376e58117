/** For connections that are kept open: they show that they are alive, or whatever lies in between forgets them, and we are the last to know. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 30_000 };
