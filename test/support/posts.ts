/** Many posts at once over a fixed number of connections, as a busy sender makes them. */
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";

const TIMEOUT_MS = 30_000;

export type Posted = { body: string; status: number; rotated: boolean; answer: string };

/** All are under way at the same time; each connection carries the next as soon as it is free. */
export async function postAll(url: string, bodies: readonly string[], connections: number): Promise<Posted[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  try {
    return await Promise.all(bodies.map((body) => post(agent, url, body)));
  } finally {
    agent.destroy();
  }
}

function post(agent: Agent, url: string, body: string): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "text/plain", "content-length": Buffer.byteLength(body) };
    const outgoing = request(url, { agent, method: "POST", headers, timeout: TIMEOUT_MS }, (incoming) => {
      const rotated = incoming.headers["x-webhook-rotated"] !== undefined;
      text(incoming).then((answer) => resolve({ body, status: incoming.statusCode ?? 0, rotated, answer }), reject);
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}
