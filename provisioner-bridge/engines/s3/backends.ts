/** The kinds of object store, and what each can do for a tenant (docs/configuration.md). */

import type { Clock } from "../../ports/clock.ts";
import type { Clients } from "./clients.ts";
import type { IssuedMode, ObjectStoreConfig } from "./configuration.ts";
import { type Grants, noGrants } from "./grants/grants.ts";
import { r2Grants } from "./grants/r2.ts";
import { roleGrants } from "./grants/roles.ts";
import { sharedRoleGrants } from "./grants/shared-role.ts";
import { userGrants } from "./grants/users.ts";

export type Capabilities = {
  /** Keys that expire, for one prefix. */
  temporary: boolean;
  /** Users whose keys open one prefix. */
  scopedUsers: boolean;
  /** A URL we sign cannot be made to copy another tenant's object: a copy needs a header, and one that is not signed is refused. */
  refusesUnsignedCopies: boolean;
  /** It may keep versions of objects, and can list them. */
  versions: boolean;
};

export interface Backend {
  capabilities(): Capabilities;
  /** @throws Error for a mode it is not capable of */
  grants(mode: IssuedMode): Grants;
}

export function createBackend(config: ObjectStoreConfig, clients: Clients, clock: Clock): Backend {
  const { backend, accountId, principalArn, roleArn } = config;
  const temporary = (): Grants | null => {
    if (backend === "do-spaces") return null;
    if (backend === "r2") return accountId === undefined ? null : r2Grants(config, accountId, clock);
    if (backend === "minio" || roleArn !== undefined) return sharedRoleGrants(clients, config);
    return principalArn === undefined ? null : roleGrants(clients, config, principalArn);
  };
  const makers: Record<IssuedMode, () => Grants | null> = {
    broker: () => noGrants,
    "prefix-scoped": () => (backend === "ceph" ? userGrants(clients, config) : null),
    "prefix-scoped-temporary": temporary,
  };
  return {
    capabilities: () => ({
      temporary: temporary() !== null,
      scopedUsers: backend === "ceph",
      // For these two it is not known; both can issue keys for a prefix.
      refusesUnsignedCopies: backend !== "minio" && backend !== "r2",
      versions: backend !== "r2",
    }),
    grants(mode) {
      const grants = makers[mode]();
      if (grants === null) throw new Error(`${backend} cannot give keys of the mode ${mode}`);
      return grants;
    },
  };
}

/**
 * Decided once, when the bridge starts: the best the backend can, or the weaker mode its operator wants.
 * @throws Error when the backend cannot do what is wanted
 */
export function decideMode(capabilities: Capabilities, wanted: IssuedMode | undefined): IssuedMode {
  const { temporary, scopedUsers, refusesUnsignedCopies } = capabilities;
  const can: Record<IssuedMode, boolean> = {
    broker: refusesUnsignedCopies,
    "prefix-scoped": scopedUsers,
    "prefix-scoped-temporary": temporary,
  };
  if (wanted !== undefined) {
    if (!can[wanted]) throw new Error(`OBJECT_STORE_MODE=${wanted}: this backend cannot`);
    return wanted;
  }
  if (temporary) return "prefix-scoped-temporary";
  if (scopedUsers) return "prefix-scoped";
  if (!refusesUnsignedCopies) throw new Error("this backend needs keys of its own for a prefix: see docs/configuration.md");
  return "broker";
}
