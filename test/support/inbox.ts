/** A webhook inbox as its owner and its senders use it. */
import { expect } from "vitest";
import { z } from "zod";
import { createdFields } from "./answers.ts";
import type { Api, Call } from "./api.ts";
import type { Answer } from "./http.ts";

export const inboxSchema = z.strictObject({
  ...createdFields,
  receive_url: z.url(),
  limits: z.strictObject({ requests_stored: z.number().int(), expires_in: z.string() }),
  response: z.strictObject({ status: z.number().int(), content_type: z.string(), body: z.string() }).optional(),
});
export type InboxCreated = z.infer<typeof inboxSchema>;

export const receivedSchema = z.strictObject({ ok: z.literal(true), id: z.string().regex(/^req_[0-9a-f]{14}$/) });

export const requestSchema = z.strictObject({
  id: z.string(),
  method: z.string(),
  path: z.string(),
  query: z.string(),
  headers: z.record(z.string(), z.array(z.string())),
  body: z.string(),
  body_encoding: z.enum(["utf-8", "base64"]),
  received_at: z.iso.datetime(),
});
export const pageSchema = z.strictObject({
  ok: z.literal(true),
  requests: z.array(requestSchema),
  total: z.number().int(),
  storage_bytes: z.number().int(),
  next_cursor: z.string().nullable(),
});
export const nextSchema = z.strictObject({
  ok: z.literal(true),
  request: requestSchema.nullable(),
  after: z.string().nullable(),
  missed: z.boolean(),
});

export type Inbox = {
  created: InboxCreated;
  /** Where its requests are read. */
  path: string;
  /** Any request to its `receive_url`. */
  send(method: string, call?: Call & { below?: string }): Promise<Answer>;
  /** A post that must be stored. @returns its id */
  post(body: string | Uint8Array, call?: Call): Promise<string>;
  /** Reads as its owner. @param rest e.g. "?limit=1" or "/next?wait=0" */
  read(rest?: string, call?: Call): Promise<Answer>;
  page(rest?: string): Promise<z.infer<typeof pageSchema>>;
  next(rest?: string): Promise<z.infer<typeof nextSchema>>;
};

export async function createInbox(api: Api, options: Call & { fields?: Record<string, unknown> } = {}): Promise<Inbox> {
  return inboxOf(api, await api.provision("/webhook/new", inboxSchema, { name: "github-webhook", ...options }));
}

export function inboxOf(api: Api, created: InboxCreated): Inbox {
  const path = `/api/v1/webhooks/${created.token}/requests`;
  const { pathname } = new URL(created.receive_url);
  const send: Inbox["send"] = (method, { below = "", ...call } = {}) => api.call(method, pathname + below, call);
  const read: Inbox["read"] = (rest = "", call = {}) =>
    api.call("GET", path + rest, { ...call, headers: { Authorization: `Bearer ${created.upgrade_jwt}`, ...call.headers } });
  const okay = async <T>(schema: z.ZodType<T>, asked: Promise<Answer>): Promise<T> => {
    const answer = await asked;
    expect(answer.status, answer.text).toBe(200);
    return schema.parse(answer.body);
  };
  return {
    created,
    path,
    send,
    post: async (body, call) => (await okay(receivedSchema, send("POST", { ...call, body }))).id,
    read,
    page: (rest) => okay(pageSchema, read(rest)),
    next: (rest = "?wait=0") => okay(nextSchema, read(`/next${rest}`)),
  };
}
