/** Which of a sender's headers an inbox keeps, and which of them a replay forwards (docs/limits/webhook.md). */

const REDACTED = "[REDACTED]";
/** The six headers of docs/limits/webhook.md, and a header of our own API that a client may send here by mistake. */
const SECRET = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "x-poll-secret"]);

/** Headers that describe the sender, mainly its address. Addresses are never stored (docs/decisions/0005-fingerprint.md). */
const ABOUT_THE_SENDER = /^(?:cf-.*|cdn-loop|forwarded|true-client-ip|x-client-ip|x-real-ip|x-forwarded-.*)$/;

/**
 * Maps names to values. Repeated headers arrive joined by the platform. The values of secret headers are redacted and their names kept.
 * The inbox's own token is redacted in every value, because a proxy may have added it.
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

/** Headers of one connection or one body (RFC 9110, 7.6.1). The sender of a replay sets its own. */
const OF_ONE_HOP =
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|host|content-length|accept-encoding|expect|http2-settings)$/;

/** The headers of a replay: those of the sender, without redacted and connection-specific ones. */
export function replayedHeaders(headers: Readonly<Record<string, readonly string[]>>): [string, string][] {
  return Object.entries(headers).flatMap(([name, values]) =>
    SECRET.has(name) || OF_ONE_HOP.test(name) ? [] : values.map((value): [string, string] => [name, value]),
  );
}
