/** Sets what a tenant may do; live sessions feel it with their next command. */
import type { Access, TenantLimits } from "../../../contract/jobs.ts";
import { customDataOf } from "./marks.ts";
import { ensureRoleFor, rightsOf } from "./roles.ts";
import { command, type MongodbServer } from "./server.ts";
import { endSessions } from "./users.ts";

/** Connections are noted, not enforced: MongoDB has no limit a user (docs/limits.md). @throws UserNotFound */
export async function limitTenant(server: MongodbServer, name: string, limits: TenantLimits, access: Access): Promise<void> {
  await ensureRoleFor(server, name, access);
  await command(server, name, { updateUser: name, customData: customDataOf(server.mark, limits), ...rightsOf(name, access) });
  // What has begun would go on to its end.
  if (access !== "full") await endSessions(server, name);
}
