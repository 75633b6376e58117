/** Where a tenant connects. */

import type { Addresses, Tenant } from "../engine.ts";
import type { PostgresServerConfig } from "./configuration.ts";

function urlOf(tenant: Tenant, host: string, port: number, sslmode: string | undefined): string {
  // Said even when it is "disable": several drivers insist on TLS unless the URL says otherwise.
  const query = sslmode === undefined ? "" : `?sslmode=${sslmode}`;
  return `postgres://${tenant.name}:${encodeURIComponent(tenant.password)}@${host}:${port}/${tenant.name}${query}`;
}

/** The tenant's URLs, from outside and from inside the cluster. Secret. */
export function tenantAddresses(config: PostgresServerConfig, tenant: Tenant): Addresses {
  return {
    connection_url: urlOf(tenant, config.public_host, config.public_port, config.sslmode),
    internal_url: urlOf(tenant, config.internal_host, config.internal_port, config.sslmode),
  };
}
