/** A webhook inbox: a public URL that stores the requests sent to it. */
import { z } from "zod";
import type { Kind } from "./kind.ts";

const variablesSchema = z.object({ receive_url: z.string() });

export const webhook = {
  home: "inbox",
  path: "/webhook/new",
  limits: {
    answer: { requests_stored: "webhook_requests_stored" },
    tenant: { storage_mb: "webhook_storage_mb" },
    priced: { Inbox: ["webhook_requests_stored", "webhook_storage_mb"] },
  },
  tokenWrites: true,
  keepsRequests: true,
  credentials: z.object({}),
  secret: null,
  links: ({ publicUrl, token }) => ({ receive_url: `${publicUrl}/webhook/receive/${token}` }),
  variables: { names: ["`WEBHOOK_URL`"], of: (fields) => ({ WEBHOOK_URL: variablesSchema.parse(fields).receive_url }) },
  words: {
    label: "Webhook inbox",
    what: "A public URL that keeps every request it gets.",
    example: "github-webhook",
    connect: { what: "Its URL takes any request. The URL alone allows posting, so it is shown on request only.", button: "Show its URL" },
  },
  tryIt: ({ receive_url }) => `curl -X POST ${receive_url} -H "Content-Type: application/json" -d '{"hello":"world"}'`,
  fields: { hints: { receive_url: "takes any request, also below it" } },
} as const satisfies Kind;
