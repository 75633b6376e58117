/** A NATS JetStream queue in an account of its own. */
import { z } from "zod";
import { type Kind, present, urls } from "./kind.ts";

const keysSchema = z.object({
  auth_mode: z.literal("isolated"),
  nats_jwt: z.string(),
  nats_nkey: z.string(),
  creds_file: z.string(),
  key_id: z.string(),
});

const variablesSchema = z.object({
  connection_url: z.string(),
  subject_prefix: z.string(),
  credentials: z.object({ nats_jwt: z.string(), nats_nkey: z.string(), creds_file: z.string() }).optional(),
});

export const queue = {
  home: "nats",
  path: "/queue/new",
  limits: {
    answer: { storage_mb: "queue_storage_mb" },
    tenant: { storage_mb: "queue_storage_mb", connections: "queue_connections", streams: "queue_streams" },
    count: "queue_count",
    priced: {
      Queues: ["queue_count"],
      "Each queue": ["queue_storage_mb", "queue_connections"],
      "Its streams": ["queue_streams"],
    },
  },
  credentials: z.object({
    ...urls,
    subject_prefix: z.string(),
    auth_mode: z.enum(["isolated", "legacy_open"]),
    // Absent without an operator key: neither null nor an empty object.
    credentials: keysSchema.optional(),
  }),
  secret: ({ auth_mode }) => (auth_mode === "isolated" ? "keys" : null),
  variables: {
    names: ["`NATS_URL`"],
    // NATS_CREDS and NATS_NKEY are not set: the `nats` program reads them as paths of files.
    of: (fields) => {
      const { connection_url, subject_prefix, credentials } = variablesSchema.parse(fields);
      return present({
        NATS_URL: connection_url,
        NATS_SUBJECT_PREFIX: subject_prefix,
        NATS_USER_JWT: credentials?.nats_jwt,
        NATS_USER_SEED: credentials?.nats_nkey,
        NATS_CREDS_CONTENT: credentials?.creds_file,
      });
    },
  },
  words: { label: "Queue", what: "NATS JetStream, an account of its own.", example: "jobs-queue" },
  fields: {
    hints: { subject_prefix: "goes before every subject", creds_file: "save it as a file for any NATS client" },
    parts: ["nats_jwt", "nats_nkey", "key_id"],
    hidden: ["auth_mode"],
  },
} as const satisfies Kind;
