/**
 * Requests to addresses that callers choose. The network behind the fetcher allows public addresses only. It resolves names when it
 * connects, so a name cannot change its address after a check. Redirects are not followed.
 */

const TIMEOUT_MS = 10_000;
/** The maximum read of an answer's body. */
export const ANSWER_MAX_BYTES = 64 * 1024;

/** Workers' `fetch`, or a binding that has one. */
export type Fetcher = { fetch(request: Request): Promise<Response> };

export type OutgoingRequest = { url: string; method: string; headers: [string, string][]; body: Uint8Array };
export type IncomingAnswer = { status: number; body: Uint8Array; truncated: boolean };

/** `not_sendable`: clients may not send such a request (RFC 9110 methods that name a connection). */
export type Failure = "unreachable" | "timeout" | "not_sendable";
export class PublicInternetError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(`the request was not answered: ${failure}`, options);
    this.name = "PublicInternetError";
    this.failure = failure;
  }
}

export interface PublicInternetPort {
  /** @throws PublicInternetError */
  send(request: OutgoingRequest): Promise<IncomingAnswer>;
}

/** @param timeoutMs for the whole exchange */
export function createPublicInternet(fetcher: Fetcher, timeoutMs = TIMEOUT_MS): PublicInternetPort {
  return {
    async send(outgoing) {
      const signal = AbortSignal.timeout(timeoutMs);
      const request = build(outgoing, signal);
      try {
        const response = await fetcher.fetch(request);
        return { status: response.status, ...(await readSome(response)) };
      } catch (cause) {
        throw new PublicInternetError(signal.aborted ? "timeout" : "unreachable", { cause });
      }
    },
  };
}

/** @throws PublicInternetError `not_sendable` */
function build({ url, method, headers, body }: OutgoingRequest, signal: AbortSignal): Request {
  const mayHaveBody = method !== "GET" && method !== "HEAD";
  try {
    // A copy, because the types of some runtimes exclude shared buffers.
    const payload = mayHaveBody && body.byteLength > 0 ? { body: new Uint8Array(body) } : {};
    return new Request(url, { method, headers, redirect: "manual", signal, ...payload });
  } catch (cause) {
    throw new PublicInternetError("not_sendable", { cause });
  }
}

async function readSome({ body }: Response): Promise<Pick<IncomingAnswer, "body" | "truncated">> {
  const reader = body?.getReader();
  const kept = new Uint8Array(ANSWER_MAX_BYTES);
  let size = 0;
  let truncated = false;
  for (let read = await reader?.read(); reader && read && !read.done && !truncated; read = truncated ? undefined : await reader.read()) {
    const chunk: Uint8Array = read.value;
    const room = ANSWER_MAX_BYTES - size;
    kept.set(chunk.subarray(0, room), size);
    size += Math.min(chunk.byteLength, room);
    truncated = chunk.byteLength > room;
  }
  await reader?.cancel().catch(() => undefined);
  return { body: kept.slice(0, size), truncated };
}
