/**
 * Gives a tenant another password by making its user anew. A changed password alone would leave every open connection
 * logged in: MongoDB checks the user's id with each command, and a new user has a new one.
 */
import { proveReady } from "./ready.ts";
import { command, type MongodbServer } from "./server.ts";
import { endSessions, ensureUser, lockOut, type TenantUser } from "./users.ts";

/** Ends the old user with what its sessions do, makes the new one, and works as it. Again over its own half-done work: the same. */
export async function rotateTenant(server: MongodbServer, user: TenantUser): Promise<void> {
  if (await lockOut(server, user.name)) await endSessions(server, user.name);
  await command(server, user.name, { dropAllUsersFromDatabase: 1 });
  await ensureUser(server, user);
  await proveReady(server, user);
}
