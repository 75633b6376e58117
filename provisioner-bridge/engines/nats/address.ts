/** Where a tenant connects, and with what. */
import type { Addresses, Tenant } from "../engine.ts";
import { credsFile, userJwt } from "./credentials.ts";
import { accountKey, subjectPrefix, userKeys } from "./identity.ts";
import type { NatsServer } from "./server.ts";

type Place = { public_host: string; public_port: number; internal_host: string; internal_port: number };

/** The URLs name no user: credentials are a JWT and a key. */
export function urlsOf({ public_host, public_port, internal_host, internal_port }: Place) {
  return { connection_url: `nats://${public_host}:${public_port}`, internal_url: `nats://${internal_host}:${internal_port}` };
}

/** Secret. */
export function tenantAddresses({ config, accountSecret }: NatsServer, tenant: Tenant): Addresses {
  const account = accountKey(accountSecret, tenant.name).id;
  const keys = userKeys(tenant);
  const jwt = userJwt(tenant.name, account, keys);
  const credentials = {
    auth_mode: "isolated",
    nats_jwt: jwt,
    nats_nkey: keys.user.seed,
    creds_file: credsFile(jwt, keys.user),
    key_id: account,
  };
  return { ...urlsOf(config), details: { subject_prefix: subjectPrefix(tenant.name), auth_mode: "isolated", credentials } };
}
