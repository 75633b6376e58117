/** A webhook inbox inside workerd, as the tests of its object use it. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { type Arrival, LIST_MAX, type Opening, type PageQuery } from "../../contract/webhook-inbox.ts";
import { sizeOf } from "../../durable-objects/webhook-inbox/ring.ts";
import type { WebhookInbox } from "../../durable-objects/webhook-inbox.ts";

const namespace = (env as unknown as { WEBHOOK_INBOX: DurableObjectNamespace<WebhookInbox> }).WEBHOOK_INBOX;
export const RESOURCE_ID = "3f0e0c8e-1a52-4a7b-8f0f-5d2b7c8d9e10";
export const NOON = Date.UTC(2026, 10, 23, 12);
export const DAY_MS = 86_400_000;
export const LIMITS = { requests: 5, bytes: 1_000_000 };
export const OPENING: Opening = { resourceId: RESOURCE_ID, limits: LIMITS, expiresAt: NOON + DAY_MS, response: null };
export const ALL: PageQuery = { limit: LIST_MAX, before: null, after: null, sinceMs: null };
let inboxes = 0;

export function unopened() {
  inboxes += 1;
  return namespace.getByName(`inbox-${inboxes}`);
}

export async function opened(changes: Partial<Opening> = {}) {
  const inbox = unopened();
  expect(await inbox.open({ ...OPENING, ...changes })).toBe("open");
  return inbox;
}

export type Inbox = Awaited<ReturnType<typeof opened>>;
export const bytes = (text: string) => new TextEncoder().encode(text);
export const text = (body: Uint8Array) => new TextDecoder().decode(body);
export const arrival = (body: string | Uint8Array): Arrival => ({
  method: "POST",
  path: "/",
  query: "",
  headers: {},
  body: typeof body === "string" ? bytes(body) : body,
});
/** Bytes an arrival counts beside its body. */
export const WORDS = sizeOf(arrival(""), "{}");

export async function post(inbox: Inbox, body: string | Uint8Array) {
  const receipt = await inbox.receive(arrival(body));
  if (receipt.outcome !== "stored") throw new Error(`not stored: ${receipt.outcome}`);
  return receipt;
}

export async function page(inbox: Inbox, query: Partial<PageQuery> = {}) {
  const found = await inbox.list({ ...ALL, ...query });
  if (found.outcome !== "page") throw new Error(`no page: ${found.outcome}`);
  return found;
}

export const bodies = async (inbox: Inbox, query: Partial<PageQuery> = {}) =>
  (await page(inbox, query)).requests.map(({ body }) => text(body));

export const tablesOf = (inbox: Inbox) =>
  runInDurableObject(inbox, (_, state) =>
    state.storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
  );
