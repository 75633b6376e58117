/** What the routes that read an inbox share: their path, their refusals, and how they show a stored request. */
import { z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../../contract/errors.ts";
import type { StoredRequest } from "../../../contract/webhook-inbox.ts";
import { type EncodedBody, encodeBody } from "./body.ts";

export const tokenParameter = z.object({
  token: z.string().openapi({ description: "The `token` of the inbox.", example: "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d" }),
});
export const requestParameters = tokenParameter.extend({ id: z.string().openapi({ example: "req_06c3f5a1b2c3d4" }) });

/** The ways reading an inbox can be refused. */
export const READ_REFUSALS = [
  "unauthorized",
  "webhook_not_found",
  "webhook_expired",
  "webhook_unavailable",
  "lookup_failed",
] as const satisfies readonly ErrorCode[];

/** The `upgrade_jwt` of the inbox, or the credential of its team. */
export const READ_SECURITY = [{ resourceAuth: [] }, { bearerAuth: [] }];

export const encodedBodyFields = {
  body: z.string().openapi({ example: '{"zen":"Keep it logically awesome."}' }),
  body_encoding: z.enum(["utf-8", "base64"]).openapi({
    description: "`utf-8`: `body` is the text as received. `base64`: the bytes are not UTF-8, and `body` is their base64.",
    example: "utf-8",
  }),
};

export const storedRequestSchema = z
  .object({
    id: z.string().openapi({ description: "Ids sort in the order of arrival.", example: "req_06c3f5a1b2c3d4" }),
    method: z.string().openapi({ example: "POST" }),
    path: z.string().openapi({ description: "The part of the path after the token, as sent; `/` when there is none.", example: "/" }),
    query: z.string().openapi({ description: "As sent, without `?`.", example: "" }),
    headers: z.record(z.string(), z.array(z.string())).openapi({
      description:
        "Names in lower case. Repeated headers are joined. Secrets are `[REDACTED]`; headers with the sender's address are left out.",
      example: { "content-type": ["application/json"], authorization: ["[REDACTED]"] },
    }),
    ...encodedBodyFields,
    received_at: z.iso.datetime().openapi({ example: "2026-11-20T08:00:00.000Z" }),
  })
  .openapi("WebhookRequest");

export function shownRequest({ id, method, path, query, headers, body, receivedAt }: StoredRequest) {
  const encoded: EncodedBody = encodeBody(body);
  return { id, method, path, query, headers, ...encoded, received_at: new Date(receivedAt).toISOString() };
}
