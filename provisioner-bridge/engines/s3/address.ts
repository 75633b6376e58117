/** What a grant says: where a tenant's objects are, in which mode, and its keys where it has any. */
import type { Addresses } from "../engine.ts";
import type { Keys } from "./clients.ts";
import { prefixOf } from "./marks.ts";
import type { S3Server } from "./server.ts";

/** The URLs hold no key: they only say which bucket and prefix. With keys the whole is secret. */
export function tenantAddresses({ config, mode }: S3Server, name: string, keys: Keys | null): Addresses {
  return {
    connection_url: `${config.endpoint}/${config.bucket}/${prefixOf(name)}`,
    internal_url: `${config.internalEndpoint}/${config.bucket}/${prefixOf(name)}`,
    details: {
      endpoint: config.endpoint,
      internal_endpoint: config.internalEndpoint,
      prefix: name,
      mode,
      ...(keys === null ? {} : keyDetails(keys, config)),
    },
  };
}

function keyDetails({ accessKeyId, secretAccessKey, sessionToken, expiresAt }: Keys, { bucket, region }: S3Server["config"]) {
  return {
    bucket,
    region,
    access_key_id: accessKeyId,
    secret_access_key: secretAccessKey,
    ...(sessionToken === undefined ? {} : { session_token: sessionToken }),
    ...(expiresAt === undefined ? {} : { credentials_expire_at: expiresAt.toISOString() }),
  };
}
