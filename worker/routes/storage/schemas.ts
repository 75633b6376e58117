/** What answers say of a storage resource. Source: documentation "Storage isolation mode", live-api 2.2. */
import { z } from "@hono/zod-openapi";
import { STORAGE_MODES } from "../../../contract/kinds/storage.ts";

/** Which of them are there is told by `mode`. */
export const storageFields = {
  connection_url: z.string().openapi({
    description: "Bucket and prefix. It holds no key.",
    example: "https://s3.instanode.dev/instanode-tenants/t_7f3a/",
  }),
  endpoint: z.string().openapi({ description: "Of the S3 server; address the bucket in the path.", example: "https://s3.instanode.dev" }),
  prefix: z.string().openapi({ description: "Every key of yours begins with it and a slash.", example: "t_7f3a" }),
  mode: z.enum(STORAGE_MODES).openapi({
    description:
      "How the prefix is kept. `broker`: no keys, use `presign_url`. `prefix-scoped`: keys. `prefix-scoped-temporary`: keys that expire.",
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
