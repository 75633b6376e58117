// What an agent should do: one Idempotency-Key for one wish, the same request again while it may help, and the user told what to do.
import { setTimeout as wait } from "node:timers/promises";

const api = process.env.INSTANODE_URL ?? "http://127.0.0.1:8787";
const TRIES = 5;

/** Creates one resource, however often the network or the platform fails on the way. */
export async function create(path, body) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(api + path, { method: "POST", headers, body: JSON.stringify(body) }).catch(() => null);
    const answer = await response?.json().catch(() => null);
    if (answer?.ok) return answer;
    const mayHelp = !response || response.status >= 500 || answer?.error === "idempotency_key_in_progress";
    if (!mayHelp || tries === TRIES) throw new Error(answer?.agent_action ?? "Tell the user the platform did not answer.");
    await wait((answer?.retry_after_seconds ?? 2) * 1000);
  }
}

const { id, expires_at } = await create("/db/new", { name: "retried" });
console.log(`${id} lives until ${expires_at}`);
