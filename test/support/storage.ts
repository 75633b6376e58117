/** Storage as an agent meets it: the answer of a create, signed URLs, and an ordinary S3 client. */
import { S3Client } from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { z } from "zod";
import { createdFields } from "./answers.ts";
import type { Api, Call } from "./api.ts";
import type { Answer } from "./http.ts";

const limits = z.strictObject({ storage_mb: z.literal(10), expires_in: z.literal("24h") });
const common = {
  ...createdFields,
  endpoint: z.url(),
  internal_endpoint: z.url(),
  prefix: z.string().regex(/^t_[a-z2-7]{20}$/),
  connection_url: z.url(),
  limits,
};

export const keyFields = {
  mode: z.literal("prefix-scoped-temporary"),
  bucket: z.string(),
  region: z.string(),
  access_key_id: z.string().min(8),
  secret_access_key: z.string().min(8),
  session_token: z.string().min(20),
  credentials_expire_at: z.iso.datetime(),
  refresh_url: z.string().regex(/^\/storage\/[0-9a-f-]{36}\/credentials$/),
};
export const keyedSchema = z.strictObject({ ...common, ...keyFields });
export type Keyed = z.infer<typeof keyedSchema>;

export const brokerSchema = z.strictObject({
  ...common,
  mode: z.literal("broker"),
  presign_url: z.string().regex(/^\/storage\/[0-9a-f-]{36}\/presign$/),
  agent_action: z.literal("use_presign_endpoint"),
  broker_reason: z.string().min(1),
  note_isolation: z.string().min(1),
});

/** Source: live-api row 44. */
export const presignedSchema = z.strictObject({
  ok: z.literal(true),
  url: z.url(),
  method: z.enum(["PUT", "GET"]),
  key: z.string(),
  object_key: z.string(),
  expires_at: z.iso.datetime(),
});
export type Presigned = z.infer<typeof presignedSchema>;

export const presign = (api: Api, token: string, body: unknown, call: Call = {}): Promise<Answer> =>
  api.call("POST", `/storage/${token}/presign`, { ...call, body });

/** A presign that must succeed. */
export async function presigned(api: Api, token: string, body: unknown, call: Call = {}): Promise<Presigned> {
  const answer = await presign(api, token, body, call);
  expect(answer.status, answer.text).toBe(200);
  return presignedSchema.parse(answer.body);
}

type Keys = Pick<Keyed, "endpoint" | "region" | "access_key_id" | "secret_access_key" | "session_token">;

/** With the SDK's own defaults but for its retries. */
export function clientOf({
  endpoint,
  region,
  access_key_id: accessKeyId,
  secret_access_key: secretAccessKey,
  session_token,
}: Keys): S3Client {
  const credentials = { accessKeyId, secretAccessKey, sessionToken: session_token };
  return new S3Client({ endpoint, region, forcePathStyle: true, maxAttempts: 1, credentials });
}
