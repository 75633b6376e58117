/**
 * One role for all tenants (or none at all, as MinIO has it): every session is narrowed by its own policy. Nothing of a tenant's stands
 * on the server, so keys that were handed out die by expiring, not before.
 */

import type { Clients } from "../clients.ts";
import type { ObjectStoreConfig } from "../configuration.ts";
import type { Grants } from "./grants.ts";
import { openSession } from "./session.ts";

/** MinIO wants to see a role and does not look at it. */
const ANY_ROLE_ARN = "arn:aws:iam::000000000000:role/tenant";

export function sharedRoleGrants(clients: Clients, config: ObjectStoreConfig): Grants {
  const roleArn = config.roleArn ?? ANY_ROLE_ARN;
  return {
    ensure: async () => {},
    mint: ({ name }, access) => openSession(clients, config, { roleArn, name, access }),
    retireOthers: async () => {},
    setAccess: async () => {},
    revoke: async () => {},
  };
}
