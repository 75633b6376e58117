/**
 * The environment variables of a resource, under the names its clients read by themselves (libpq, the AWS SDKs) or everybody gives
 * them. Pure. `NATS_CREDS` and `NATS_NKEY` are left alone: the `nats` program takes those for paths of files.
 */
import { z } from "zod";
import { KINDS } from "../../../contract/kinds.ts";
import type { ResourceKind } from "../../../contract/names.ts";
import type { Credentials } from "../provision/secrets.ts";

export type Variables = Record<string, string>;
type Given = { kind: ResourceKind; token: string; publicUrl: string; credentials: Credentials };

/** @throws ZodError when the credentials lack what their kind has */
export function variablesOf({ kind, token, publicUrl, credentials }: Given): Variables {
  const links = KINDS[kind].links?.({ publicUrl, token, credentials }) ?? {};
  return OF_KIND[kind]({ ...credentials, ...links }, publicUrl);
}

const urlSchema = z.object({ connection_url: z.string() });
const redisSchema = urlSchema.extend({ key_prefix: z.string() });
const queueSchema = urlSchema.extend({
  subject_prefix: z.string(),
  credentials: z.object({ nats_jwt: z.string(), nats_nkey: z.string(), creds_file: z.string() }).optional(),
});
const storageSchema = z.object({
  endpoint: z.string(),
  prefix: z.string(),
  mode: z.string(),
  presign_url: z.string().optional(),
  bucket: z.string().optional(),
  region: z.string().optional(),
  access_key_id: z.string().optional(),
  secret_access_key: z.string().optional(),
  session_token: z.string().optional(),
  credentials_expire_at: z.string().optional(),
});
const inboxSchema = z.object({ receive_url: z.string() });

const OF_KIND: Record<ResourceKind, (given: Record<string, unknown>, publicUrl: string) => Variables> = {
  postgres: (given) => postgres(urlSchema.parse(given).connection_url),
  vector: (given) => postgres(urlSchema.parse(given).connection_url),
  redis: (given) => {
    const { connection_url, key_prefix } = redisSchema.parse(given);
    return { REDIS_URL: connection_url, REDIS_KEY_PREFIX: key_prefix };
  },
  mongodb: (given) => ({ MONGODB_URI: urlSchema.parse(given).connection_url }),
  queue: (given) => {
    const { connection_url, subject_prefix, credentials } = queueSchema.parse(given);
    return present({
      NATS_URL: connection_url,
      NATS_SUBJECT_PREFIX: subject_prefix,
      NATS_USER_JWT: credentials?.nats_jwt,
      NATS_USER_SEED: credentials?.nats_nkey,
      NATS_CREDS_CONTENT: credentials?.creds_file,
    });
  },
  storage: (given, publicUrl) => {
    const grant = storageSchema.parse(given);
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
  },
  webhook: (given) => ({ WEBHOOK_URL: inboxSchema.parse(given).receive_url }),
};

/** `DATABASE_URL`, and what libpq and so every tool of PostgreSQL reads. */
function postgres(connectionUrl: string): Variables {
  const { hostname, port, pathname, username, password, searchParams } = new URL(connectionUrl);
  return present({
    DATABASE_URL: connectionUrl,
    PGHOST: hostname,
    PGPORT: port,
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGSSLMODE: searchParams.get("sslmode") ?? undefined,
  });
}

function present(variables: Record<string, string | undefined>): Variables {
  return Object.fromEntries(Object.entries(variables).filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== ""));
}
