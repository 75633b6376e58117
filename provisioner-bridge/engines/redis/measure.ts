/** How much tenants store: what the latest pass over all keys of their server has found (passes.ts). */
import { z } from "zod";
import type { Passes } from "./passes.ts";
import type { RedisServer } from "./server.ts";

const namesSchema = z.array(z.string());

/** Whoever bears our mark and has no key stores nothing. */
export async function measureTenants(server: RedisServer, passes: Passes, names: readonly string[]): Promise<Map<string, number>> {
  const { sizes } = await passes.measure();
  const [marked] = await server.link.run(["SMEMBERS", server.owners]);
  const ours = new Set(namesSchema.parse(marked));
  return new Map(names.filter((name) => ours.has(name)).map((name) => [name, sizes.get(name) ?? 0]));
}
