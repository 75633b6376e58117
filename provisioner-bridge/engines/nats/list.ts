/** The tenants on a server that bear our mark. */
import type { EngineTenant } from "../engine.ts";
import { readAccounts } from "./resolver.ts";
import type { NatsServer } from "./server.ts";

/** Every account of this registry; one that is on its way out, or half changed, is not whole. */
export async function listTenants(server: NatsServer): Promise<EngineTenant[]> {
  const accounts = await readAccounts(server);
  return accounts
    .map(({ name, state, isPaused }) => ({ name, isWhole: state !== null && !isPaused }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
