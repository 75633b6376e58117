/** What stands behind a tenant's keys, and how they are made: one implementation for each thing a backend can do. */
import type { Access } from "../../../../contract/jobs.ts";
import type { Tenant } from "../../engine.ts";
import type { Keys } from "../clients.ts";

/** Every method is idempotent. */
export interface Grants {
  /** Makes what stands behind the keys (a role, a user), also over its own half-done work. */
  ensure(tenant: Tenant, access: Access): Promise<void>;
  /** Keys for the tenant; what expires is new. Null where tenants hold none. Secret. */
  mint(tenant: Tenant, access: Access): Promise<Keys | null>;
  /** Makes what stands behind the tenant's present keys; all others die, as far as the backend can kill them before they expire. */
  retireOthers(tenant: Tenant, access: Access): Promise<void>;
  /** Sets what keys may do, those handed out included where the backend can. */
  setAccess(name: string, access: Access): Promise<void>;
  /** Ends every key of this tenant, as far as the backend can. */
  revoke(name: string): Promise<void>;
}

/** Broker mode: tenants hold no keys. The Worker signs each request for them and refuses what they may not do. */
export const noGrants: Grants = {
  ensure: async () => {},
  mint: async () => null,
  retireOthers: async () => {},
  setAccess: async () => {},
  revoke: async () => {},
};
