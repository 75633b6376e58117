/** What really exists: on the tenants' servers, in the registry, in the platform database. */
import { z } from "zod";
import { type EngineName, engineSchema } from "../../contract/engines.ts";
import { resourceKindSchema } from "../../contract/kinds.ts";
import type { FaultyStack } from "./stack.ts";

const tenantsSchema = z.array(z.object({ resource_id: z.uuid(), engine: engineSchema, name: z.string().nullable(), state: z.string() }));
const pooledSchema = z.array(z.object({ engine: engineSchema, name: z.string(), state: z.string() }));
const rowsSchema = z.array(z.object({ id: z.uuid(), kind: resourceKindSchema, status: z.string() }));
const namesSchema = z.array(z.object({ name: z.string() })).transform((rows) => rows.map((row) => row.name));

export type World = {
  /** By engine and engine-side name: the parts that are there, marked as ours or not. */
  engines: ReadonlyMap<EngineName, ReadonlyMap<string, ReadonlySet<string>>>;
  /** Every tenant of the registry, tombstones too. */
  tenants: z.infer<typeof tenantsSchema>;
  /** Ready-made tenants that nobody owns, tombstones too. */
  pooled: z.infer<typeof pooledSchema>;
  /** Every row of the platform database. */
  rows: z.infer<typeof rowsSchema>;
  quarantined: string[];
};

export async function readWorld({ engines, registry, platform }: FaultyStack): Promise<World> {
  const [inventories, registered, pooled, rows, quarantined] = await Promise.all([
    Promise.all(engines.map(async ({ subject, adminUrl }) => [subject.engine, byName(await subject.inventory(adminUrl))] as const)),
    registry.query("SELECT resource_id, engine, name, state FROM tenants WHERE resource_id IS NOT NULL"),
    registry.query("SELECT engine, name, state FROM tenants WHERE resource_id IS NULL"),
    platform.query("SELECT id, kind, status FROM resources"),
    registry.query("SELECT name FROM quarantine"),
  ]);
  return {
    engines: new Map(inventories),
    tenants: tenantsSchema.parse(registered.rows),
    pooled: pooledSchema.parse(pooled.rows),
    rows: rowsSchema.parse(rows.rows),
    quarantined: namesSchema.parse(quarantined.rows),
  };
}

function byName(parts: readonly { name: string; part: string }[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { name, part } of parts) found.set(name, (found.get(name) ?? new Set()).add(part));
  return found;
}
