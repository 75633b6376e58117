/** Where a tenant connects. */

import type { Addresses, Tenant } from "../engine.ts";
import type { RedisServerConfig } from "./configuration.ts";

/** Every key and every channel of the tenant begins with it. No name is the beginning of another: all are equally long. */
export function keyPrefix(name: string): string {
  return `${name}:`;
}

/** Without a database number: there is only one, and some clients would send SELECT for it, which no tenant may. */
function urlOf({ tls }: RedisServerConfig, tenant: Tenant, host: string, port: number): string {
  return `${tls ? "rediss" : "redis"}://${tenant.name}:${encodeURIComponent(tenant.password)}@${host}:${port}`;
}

/** The tenant's URLs, from outside and from inside the cluster. Secret. */
export function tenantAddresses(config: RedisServerConfig, tenant: Tenant): Addresses {
  return {
    connection_url: urlOf(config, tenant, config.public_host, config.public_port),
    internal_url: urlOf(config, tenant, config.internal_host, config.internal_port),
    details: { key_prefix: keyPrefix(tenant.name) },
  };
}
