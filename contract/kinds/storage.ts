/** A prefix of an S3 bucket. Its modes: docs/limits/storage.md. */
import { z } from "zod";
import { type Credentials, type Kind, present } from "./kind.ts";

export const STORAGE_MODES = ["broker", "shared-master-key", "prefix-scoped", "prefix-scoped-temporary"] as const;
const modeSchema = z.enum(STORAGE_MODES);

const keySchemas = {
  // Absent in broker mode, whose tenants hold no keys.
  bucket: z.string().optional(),
  region: z.string().optional(),
  access_key_id: z.string().optional(),
  secret_access_key: z.string().optional(),
  session_token: z.string().optional(),
};

const variablesSchema = z.object({
  endpoint: z.string(),
  prefix: z.string(),
  mode: z.string(),
  presign_url: z.string().optional(),
  ...keySchemas,
  credentials_expire_at: z.string().optional(),
});

export const storage = {
  home: "s3",
  path: "/storage/new",
  limits: {
    answer: { storage_mb: "storage_storage_mb" },
    tenant: { storage_mb: "storage_storage_mb" },
    priced: { Storage: ["storage_storage_mb"] },
  },
  overSize: "storage_limit_reached",
  tokenWrites: true,
  credentials: z.object({
    connection_url: z.string(),
    endpoint: z.string(),
    /** Absent in rows that are older than it. */
    internal_endpoint: z.string().optional(),
    prefix: z.string(),
    mode: modeSchema,
    ...keySchemas,
    credentials_expire_at: z.iso.datetime().optional(),
  }),
  secret: ({ mode }) => (givesKeys(modeSchema.parse(mode)) ? "expiring_keys" : null),
  links: ({ token, credentials }) => links(token, credentials.mode),
  variables: { names: ["`AWS_…` and `S3_…`"], of: variables },
  words: {
    label: "Storage",
    what: "A prefix of an S3 bucket, for any S3 client.",
    example: "uploads-bucket",
    unchangeable: "It has no keys, so a claim changes none. Its token still signs URLs after the claim.",
  },
  fields: {
    hints: { credentials_expire_at: "this page brings fresh keys whenever it is opened", presign_url: "signs URLs for single objects" },
    hidden: ["agent_action", "broker_reason", "note_isolation"],
  },
} as const satisfies Kind;

/** Whether tenants of this mode have keys of their own. */
export function givesKeys(mode: (typeof STORAGE_MODES)[number]): boolean {
  return mode.startsWith("prefix-scoped");
}

function links(token: string, mode: unknown): Record<string, unknown> {
  if (mode === "prefix-scoped-temporary") return { refresh_url: `/storage/${token}/credentials` };
  if (mode !== "broker") return {};
  return {
    presign_url: `/storage/${token}/presign`,
    agent_action: "use_presign_endpoint",
    broker_reason: "This object store has no keys that open one prefix only, so none are handed out.",
    note_isolation: "Each signed URL opens one object under your prefix, for at most an hour. No tenant holds a key to the bucket.",
  };
}

function variables(fields: Credentials, publicUrl: string): Record<string, string> {
  const grant = variablesSchema.parse(fields);
  return present({
    S3_ENDPOINT: grant.endpoint,
    S3_PREFIX: grant.prefix,
    S3_MODE: grant.mode,
    S3_BUCKET: grant.bucket,
    S3_PRESIGN_URL: grant.presign_url === undefined ? undefined : publicUrl + grant.presign_url,
    AWS_ENDPOINT_URL_S3: grant.access_key_id === undefined ? undefined : grant.endpoint,
    AWS_REGION: grant.region,
    AWS_ACCESS_KEY_ID: grant.access_key_id,
    AWS_SECRET_ACCESS_KEY: grant.secret_access_key,
    AWS_SESSION_TOKEN: grant.session_token,
    AWS_CREDENTIAL_EXPIRATION: grant.credentials_expire_at,
  });
}
