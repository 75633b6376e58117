/** What requests and answers say of a storage resource. */
import { z } from "@hono/zod-openapi";
import { STORAGE_MODES } from "../../../contract/kinds/storage.ts";
import { UUID_PATTERN } from "../../../contract/names.ts";
import { field } from "../field.ts";

/** The path of every route about one storage resource. */
export function storageParameters(invalid: "invalid_token" | "not_found") {
  const documented = z.uuid().openapi({ description: "The storage resource's `token`.", example: "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d" });
  const reads = z.string().regex(UUID_PATTERN, "The path holds no token of a resource.");
  return { params: z.object({ token: field(documented, { invalid, explains: true, reads }) }) };
}

/** `mode` decides which of them are present. */
export const storageFields = {
  connection_url: z.string().openapi({
    description: "Bucket and prefix. It contains no key.",
    example: "https://s3.instanode.dev/instanode-tenants/t_7f3a/",
  }),
  endpoint: z.string().openapi({ description: "The S3 server. Address the bucket in the path.", example: "https://s3.instanode.dev" }),
  internal_endpoint: z.string().optional().openapi({ description: "The S3 server for apps that are deployed here." }),
  prefix: z.string().openapi({ description: "Start every object key with it and a slash.", example: "t_7f3a" }),
  mode: z.enum(STORAGE_MODES).openapi({
    description:
      "How access to the prefix works. `broker`: no keys, use `presign_url`. `prefix-scoped`: keys. `prefix-scoped-temporary`: keys that expire.",
  }),
  bucket: z.string().optional(),
  region: z.string().optional(),
  access_key_id: z.string().optional().openapi({ description: "Absent in `broker` mode." }),
  secret_access_key: z.string().optional(),
  session_token: z.string().optional().openapi({ description: "Only where keys are temporary." }),
  credentials_expire_at: z.iso.datetime().optional().openapi({ description: "When temporary keys end; `refresh_url` gives new ones." }),
  refresh_url: z.string().optional().openapi({ description: "Relative. Only where keys are temporary." }),
  presign_url: z.string().optional().openapi({ description: "Relative. Only in `broker` mode." }),
  agent_action: z.literal("use_presign_endpoint").optional().openapi({ description: "Only in `broker` mode." }),
  broker_reason: z.string().optional(),
  note_isolation: z.string().optional(),
};

export const storageCredentialsSchema = z.object({ ok: z.literal(true), ...storageFields }).openapi("StorageCredentials");
