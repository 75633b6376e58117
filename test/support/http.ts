/** HTTP as written: any method, path and header goes out untouched, which `fetch` would tidy up or refuse. */
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";

/** Longer than anything may take: a duplicate waits 10 s, a create a little more when servers are away. */
const TIMEOUT_MS = 45_000;
const JSON_TYPE = "application/json";

export type Answer = {
  status: number;
  headers: Headers;
  text: string;
  /** The JSON in it; undefined when it is none. */
  body: unknown;
};

export type Sent = {
  headers?: Record<string, string> | undefined;
  /** An object goes as JSON with its type; text and bytes go as they are, without a type unless a header names one. */
  body?: unknown;
  /** Without a length, in several chunks. */
  chunks?: readonly (string | Uint8Array)[] | undefined;
};

const agent = new Agent({ keepAlive: true, maxSockets: 100 });

/** Closes the connections that earlier requests left open. Call it when none is under way. */
export function closeConnections(): void {
  agent.destroy();
}

/** @param target the path as the request line names it, or a whole URL (absolute form) */
export async function send(origin: string, method: string, target: string, sent: Sent = {}): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  const { payload, type } = encode(sent.body);
  const headers: Record<string, string> = { ...type, ...sent.headers };
  if (payload !== undefined) headers["Content-Length"] = String(payload.byteLength);
  const outgoing = request({ agent, hostname, port, method, path: target, headers, timeout: TIMEOUT_MS });
  return exchange(outgoing, () => {
    for (const chunk of sent.chunks ?? []) outgoing.write(chunk);
    outgoing.end(payload);
  });
}

function encode(body: unknown): { payload?: Buffer; type: Record<string, string> } {
  if (body === undefined) return { type: {} };
  if (typeof body === "string") return { payload: Buffer.from(body), type: {} };
  if (body instanceof Uint8Array) return { payload: Buffer.from(body), type: {} };
  return { payload: Buffer.from(JSON.stringify(body)), type: { "Content-Type": JSON_TYPE } };
}

function exchange(outgoing: ClientRequest, write: () => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    outgoing.once("response", (incoming) => readAnswer(incoming).then(resolve, reject));
    outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    // A server may refuse a body it has not read to its end: an answer that already came wins over the broken pipe.
    outgoing.once("error", reject);
    write();
  });
}

async function readAnswer(incoming: IncomingMessage): Promise<Answer> {
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) for (const value of values ?? []) headers.append(name, value);
  const content = await text(incoming);
  return { status: incoming.statusCode ?? 0, headers, text: content, body: parseJson(content) };
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
