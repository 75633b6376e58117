/** Which of a sender's headers an inbox keeps, and which a replay sends on. Source: PRODUCT "webhook inbox", live-api 2.10. */

const REDACTED = "[REDACTED]";
/** The documented six, and the one of our own API that may come here by mistake. */
const SECRET = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "x-poll-secret"]);

/** What the platform and proxies write about the sender, its address above all: an address is never stored (PRODUCT "fingerprint"). */
const ABOUT_THE_SENDER = /^(?:cf-.*|cdn-loop|forwarded|true-client-ip|x-client-ip|x-real-ip|x-forwarded-.*)$/;

/**
 * Name → values, as the platform hands them over: repeats of one name arrive joined. Names of secrets stay, their values do not;
 * nor does the inbox's own token, which a proxy may have written down.
 */
export function keptHeaders(headers: Iterable<[string, string]>, token: string): Record<string, string[]> {
  const kept = new Map<string, string[]>();
  const ownToken = new RegExp(token, "gi");
  for (const [name, value] of headers) {
    if (ABOUT_THE_SENDER.test(name)) continue;
    const shown = SECRET.has(name) ? REDACTED : value.replace(ownToken, REDACTED);
    kept.set(name, [...(kept.get(name) ?? []), shown]);
  }
  return Object.fromEntries(kept);
}

/** Headers of one connection or one body (RFC 9110, 7.6.1), which whoever sends it anew writes anew. */
const OF_ONE_HOP =
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|host|content-length|accept-encoding|expect|http2-settings)$/;

/** What a replay sends: the sender's own words, nothing redacted, nothing of the old connection. */
export function replayedHeaders(headers: Readonly<Record<string, readonly string[]>>): [string, string][] {
  return Object.entries(headers).flatMap(([name, values]) =>
    SECRET.has(name) || OF_ONE_HOP.test(name) ? [] : values.map((value): [string, string] => [name, value]),
  );
}
