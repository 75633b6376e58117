/** Where a tenant connects. */
import type { TenantLimits } from "../../../contract/jobs.ts";
import type { Addresses, Tenant } from "../engine.ts";
import type { MongodbServerConfig } from "./configuration.ts";

type AddressedTenant = Tenant & { limits: TenantLimits };

function urlOf({ name, password, limits }: AddressedTenant, host: string, port: number, options: Record<string, string>): string {
  // A driver's pool is 100 connections unless told otherwise: this keeps one client within what its tenant was promised.
  const pool: Record<string, string> = limits.connections < 0 ? {} : { maxPoolSize: String(Math.max(1, limits.connections)) };
  const query = new URLSearchParams({ authSource: name, ...options, ...pool });
  return `mongodb://${name}:${encodeURIComponent(password)}@${host}:${port}/${name}?${query}`;
}

/** The tenant's URLs, from outside and from inside the cluster. Secret. */
export function tenantAddresses(config: MongodbServerConfig, tenant: AddressedTenant): Addresses {
  return {
    connection_url: urlOf(tenant, config.public_host, config.public_port, config.url_options),
    internal_url: urlOf(tenant, config.internal_host, config.internal_port, config.url_options),
  };
}
