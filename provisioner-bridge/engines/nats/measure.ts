/** How much tenants store: the bytes of their streams. An empty account has none, so there is no baseline. */
import { accountKey } from "./identity.ts";
import { readSizes } from "./monitor.ts";
import { accountIds } from "./resolver.ts";
import type { NatsServer } from "./server.ts";

/** All accounts of the server in a page a thousand; one that it has not met since it started stores nothing. */
export async function measureTenants(server: NatsServer, names: readonly string[]): Promise<Map<string, number>> {
  const [sizes, known] = await Promise.all([readSizes(server), accountIds(server)]);
  const accounts = names.map((name) => [name, accountKey(server.accountSecret, name).id] as const);
  return new Map(accounts.filter(([, id]) => known.has(id)).map(([name, id]) => [name, sizes.get(id) ?? 0]));
}
