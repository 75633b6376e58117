/** The answers every route shares, as strict as the documentation: a key too many is as wrong as one too few. */
import { expect } from "vitest";
import { z } from "zod";
import { AUTH_ERROR_CODES, ERRORS, type ErrorCode, retryAfterSeconds } from "../../contract/errors.ts";
import type { Answer } from "./http.ts";

/** What every anonymous create answers, whatever the kind. Source: PRODUCT "response", live-api 2.2. */
export const createdFields = {
  ok: z.literal(true),
  id: z.uuid(),
  token: z.uuid(),
  name: z.string(),
  tier: z.literal("anonymous"),
  env: z.string(),
  env_override_reason: z.literal("default_no_env_specified").optional(),
  note: z.string().min(1),
  upgrade: z.url(),
  upgrade_jwt: z.jwt(),
  claim_url: z.url(),
  expires_at: z.iso.datetime(),
  cold: z.literal(true).optional(),
  ignored_fields: z.array(z.string()).optional(),
};

export const createdSchema = z.strictObject({
  ...createdFields,
  connection_url: z.url({ protocol: /^postgres$/ }),
  internal_url: z.url({ protocol: /^postgres$/ }),
  limits: z.strictObject({ storage_mb: z.number().int(), connections: z.number().int(), expires_in: z.string() }),
});
export type Created = z.infer<typeof createdSchema>;

/** Source: PRODUCT "error envelope". */
export const envelopeSchema = z.strictObject({
  ok: z.literal(false),
  error: z.string(),
  message: z.string().min(1),
  retry_after_seconds: z.number().int().min(1).nullable(),
  request_id: z.string(),
  agent_action: z
    .string()
    .regex(/^Tell the user /)
    .optional(),
  upgrade_url: z.url().optional(),
  claim_url: z.url().optional(),
  error_code: z.enum(AUTH_ERROR_CODES).optional(),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** What differs between two answers of the same kind: the time, what is left of a rate, and, in development, how long each took. */
const VARYING_HEADERS = new Set(["date", "ratelimit", "server-timing"]);

/** An answer but for that: what two callers could compare. */
export function comparable({ status, text, headers }: Answer) {
  return { status, text, headers: Object.fromEntries([...headers].filter(([name]) => !VARYING_HEADERS.has(name))) };
}

const SERVER_ERROR = 500;

/** Any answer that is not a success: the whole envelope, and headers that say the same. */
export function expectEnvelope(answer: Answer): Envelope {
  expect(answer.headers.get("content-type"), answer.text).toMatch(/^application\/json/);
  const envelope = envelopeSchema.parse(answer.body);
  expect(envelope.request_id).toBe(answer.headers.get("x-request-id"));
  const retryAfter = answer.headers.get("retry-after");
  expect(retryAfter).toBe(envelope.retry_after_seconds === null ? null : String(envelope.retry_after_seconds));
  if (answer.status === 401) expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="instanode"');
  if (answer.status === 429 || answer.status >= SERVER_ERROR) expect(envelope.agent_action).toBeDefined();
  return envelope;
}

/** This very error: its status, its code, what an agent is told, and how long to wait (`retryAfter` where it varies). */
export function expectError(
  answer: Answer,
  code: ErrorCode,
  { retryAfter = retryAfterSeconds(code) }: { retryAfter?: number | null } = {},
): Envelope {
  expect(answer.status, answer.text).toBe(ERRORS[code].status);
  const envelope = expectEnvelope(answer);
  expect(envelope.error).toBe(code);
  expect(envelope.retry_after_seconds).toBe(retryAfter);
  expect(envelope.agent_action !== undefined).toBe("agentAction" in ERRORS[code]);
  return envelope;
}

/** `RateLimit` of an answer, by policy name. Source: draft-ietf-httpapi-ratelimit-headers. */
export function allowances(answer: Answer): Record<string, { remaining: number; resetsInSeconds: number }> {
  const items = (answer.headers.get("ratelimit") ?? "").matchAll(/"(\w+)";r=(\d+);t=(\d+)/g);
  return Object.fromEntries([...items].map(([, name, r, t]) => [name ?? "", { remaining: Number(r), resetsInSeconds: Number(t) }]));
}
