/** Which of a sender's headers an inbox keeps, and which a replay sends. See docs/limits/webhook.md. */

const REDACTED = "[REDACTED]";
/** The six documented headers, and the header of our own API that may be sent here by mistake. */
const SECRET = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "x-poll-secret"]);

/** Headers of the platform and of proxies about the sender. An address is never stored (docs/decisions/0005-fingerprint.md). */
const ABOUT_THE_SENDER = /^(?:cf-.*|cdn-loop|forwarded|true-client-ip|x-client-ip|x-real-ip|x-forwarded-.*)$/;

/**
 * Name → values, as the platform delivers them: repeated headers arrive joined. Values of secret headers are redacted, and so is the
 * inbox's own token, which a proxy may have added.
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

/** Headers of one connection or one body (RFC 9110, 7.6.1): the client that replays the request sets its own. */
const OF_ONE_HOP =
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|host|content-length|accept-encoding|expect|http2-settings)$/;

/** The headers of a replay: the sender's own, without redacted values and headers of the old connection. */
export function replayedHeaders(headers: Readonly<Record<string, readonly string[]>>): [string, string][] {
  return Object.entries(headers).flatMap(([name, values]) =>
    SECRET.has(name) || OF_ONE_HOP.test(name) ? [] : values.map((value): [string, string] => [name, value]),
  );
}
