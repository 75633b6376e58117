/** What a tenant's user may do at each access level (docs/limits.md). */
import type { Access } from "../../../contract/jobs.ts";
import { hasCode, MONGO_CODE } from "./errors.ts";
import { command, type MongodbServer } from "./server.ts";

/** In the tenant's own database; it goes with the tenant. */
const WAY_BACK = "instanode_way_back";
/** Reads and deletes. No built-in role does: `read` cannot delete, and a tenant that cannot delete stays over its limit. */
const WAY_BACK_ACTIONS = [
  "find",
  "remove",
  "dropCollection",
  "dropIndex",
  "listCollections",
  "listIndexes",
  "collStats",
  "dbStats",
  "dbHash",
  "killCursors",
];

/**
 * Set apart for documentation (RFC 5737), so no client ever comes from there. A user bound to it cannot log in, and a session it
 * already has loses its rights with the next command.
 */
const NOWHERE = [{ clientSource: ["192.0.2.1/32"] }];

/** What createUser and updateUser are given. The role must be there: see `ensureRoleFor`. */
export function rightsOf(name: string, access: Access) {
  switch (access) {
    case "full":
      return { roles: [{ role: "readWrite", db: name }], authenticationRestrictions: [] };
    case "read_only":
      return { roles: [{ role: WAY_BACK, db: name }], authenticationRestrictions: [] };
    case "none":
      return { roles: [], authenticationRestrictions: NOWHERE };
  }
}

/** Makes the role that `read_only` needs; one that is there is set to what it should be. */
export async function ensureRoleFor(server: MongodbServer, name: string, access: Access): Promise<void> {
  if (access !== "read_only") return;
  const rights = { privileges: [{ resource: { db: name, collection: "" }, actions: WAY_BACK_ACTIONS }], roles: [] };
  try {
    await command(server, name, { createRole: WAY_BACK, ...rights });
  } catch (error) {
    if (!hasCode(error, MONGO_CODE.roleExists)) throw error;
    await command(server, name, { updateRole: WAY_BACK, ...rights });
  }
}
