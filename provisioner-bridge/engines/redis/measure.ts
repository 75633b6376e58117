/** How much tenants store: what the latest pass over all keys of their server has found (passes.ts). */
import { z } from "zod";
import type { Passes } from "./passes.ts";
import type { RedisServer } from "./server.ts";

const flagsSchema = z.array(z.union([z.literal(0), z.literal(1)]));

/** A marked tenant without a key stores nothing. */
export async function measureTenants(server: RedisServer, passes: Passes, names: readonly string[]): Promise<Map<string, number>> {
  const { sizes } = await passes.measure();
  const [flags] = await server.link.run(["SMISMEMBER", server.owners, ...names]);
  const isOurs = flagsSchema.parse(flags);
  return new Map(names.filter((_, index) => isOurs[index] === 1).map((name) => [name, sizes.get(name) ?? 0]));
}
