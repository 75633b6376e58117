/** Sets what a tenant may do; it applies to live sessions from their next command. */
import type { Access, TenantLimits } from "../../../contract/jobs.ts";
import { customDataOf } from "./marks.ts";
import { ensureRoleFor, rightsOf } from "./roles.ts";
import { command, type MongodbServer } from "./server.ts";
import { endSessions } from "./users.ts";

/** Connections are recorded, not enforced: MongoDB has no limit per user (docs/limits.md). @throws UserNotFound */
export async function limitTenant(server: MongodbServer, name: string, limits: TenantLimits, access: Access): Promise<void> {
  await ensureRoleFor(server, name, access);
  await command(server, name, { updateUser: name, customData: customDataOf(server.mark, limits), ...rightsOf(name, access) });
  // Running commands would otherwise continue to their end.
  if (access !== "full") await endSessions(server, name);
}
