/** For connections that are kept open: without keep-alive probes, a firewall or NAT in between may drop an idle one without notice. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 30_000 };
