/** The users of tenants. Each lives in its tenant's own database, under the same name, and has rights there only. */
import type { Access, TenantLimits } from "../../../contract/jobs.ts";
import type { Tenant } from "../engine.ts";
import { hasCode, MONGO_CODE } from "./errors.ts";
import { customDataOf } from "./marks.ts";
import { ensureRoleFor, rightsOf } from "./roles.ts";
import { adminCommand, command, type MongodbServer } from "./server.ts";

export type TenantUser = Tenant & { limits: TenantLimits; access: Access };

/** Makes the user, or makes one that is there what it should be. */
export async function ensureUser(server: MongodbServer, user: TenantUser): Promise<void> {
  const { name, access } = user;
  await ensureRoleFor(server, name, access);
  const settings = {
    pwd: user.password,
    // The tenant's password is random: the weaker mechanism would only help an eavesdropper.
    mechanisms: ["SCRAM-SHA-256"],
    customData: customDataOf(server.mark, user.limits),
    ...rightsOf(name, access),
  };
  try {
    await command(server, name, { createUser: name, ...settings });
  } catch (error) {
    if (!hasCode(error, MONGO_CODE.userExists)) throw error;
    await command(server, name, { updateUser: name, ...settings });
  }
}

/** Keeps the tenant out from now on; false when there is none. */
export async function lockOut(server: MongodbServer, name: string): Promise<boolean> {
  try {
    await command(server, name, { updateUser: name, ...rightsOf(name, "none") });
    return true;
  } catch (error) {
    if (hasCode(error, MONGO_CODE.userNotFound)) return false;
    throw error;
  }
}

/** Ends what the tenant's sessions are doing: commands that run, and cursors. Their connections stay, without rights. */
export async function endSessions(server: MongodbServer, name: string): Promise<void> {
  await adminCommand(server, { killAllSessions: [{ user: name, db: name }] });
}
