/** Broker mode: tenants hold no keys. The Worker signs each request for them and refuses what they may not do. */
import type { Grants } from "./grants.ts";

export const noGrants: Grants = {
  ensure: async () => {},
  mint: async () => null,
  retireOthers: async () => {},
  setAccess: async () => {},
  revoke: async () => {},
};
