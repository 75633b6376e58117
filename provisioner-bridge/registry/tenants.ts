/** Rows of the registry as the rest of the bridge sees them. */
import { z } from "zod";
import { engineSchema } from "../../contract/engines.ts";
import { accessSchema, type TenantLimits, tenantLimitsSchema } from "../../contract/jobs.ts";
import type { Query } from "./database.ts";

export const tenantRowSchema = z.object({
  tenant_id: z.uuid(),
  resource_id: z.uuid().nullable(),
  engine: engineSchema,
  server: z.string().nullable(),
  name: z.string().nullable(),
  secret_id: z.string().nullable(),
  rotation: z.number().int(),
  generation: z.number().int(),
  limits: tenantLimitsSchema.nullable(),
  access: accessSchema,
  state: z.enum(["filling", "ready", "creating", "active", "dropping", "dropped"]),
  /** When a ready-made one was used to connect last; null for one made for its create. */
  proved_at: z.string().nullable(),
});
export type TenantRow = z.infer<typeof tenantRowSchema>;
export type TenantState = TenantRow["state"];

/** Where a tenant is, what its password comes from, and what it may use. */
export type PlacedTenant = TenantRow & { server: string; name: string; secret_id: string; limits: TenantLimits };

/** The row with its place; the table's own check guarantees it for every state but `dropped`. */
export function placed(row: TenantRow): PlacedTenant {
  const { server, name, secret_id, limits } = row;
  if (server === null || name === null || secret_id === null || limits === null) throw new Error(`tenant ${row.tenant_id} has no place`);
  return { ...row, server, name, secret_id, limits };
}

const journalEntrySchema = z.object({
  jti: z.string(),
  content_hash: z.string(),
  state: z.enum(["running", "done", "failed"]),
  outcome: z.looseObject({ cold: z.boolean().optional() }).nullable(),
});
export type JournalEntry = z.infer<typeof journalEntrySchema>;

const known = z.object({ tenant: tenantRowSchema.nullable(), entry: journalEntrySchema.nullable() });

/** What the registry knows of a resource and of a job, in one round trip. */
export async function readKnown(query: Query, resourceId: string, jti: string): Promise<z.infer<typeof known>> {
  const { rows } = await query.query(
    `SELECT (SELECT to_jsonb(t) FROM tenants t WHERE resource_id = $1) AS tenant,
            (SELECT to_jsonb(j) FROM job_journal j WHERE jti = $2) AS entry`,
    [resourceId, jti],
  );
  return known.parse(rows[0]);
}

/** What the registry knows of a resource. */
export async function readTenant(query: Query, resourceId: string): Promise<TenantRow | null> {
  const { rows } = await query.query("SELECT to_jsonb(t) AS tenant FROM tenants t WHERE resource_id = $1", [resourceId]);
  return z.array(z.object({ tenant: tenantRowSchema })).parse(rows)[0]?.tenant ?? null;
}

const listedSchema = z.array(z.object({ resource_id: z.uuid(), state: z.enum(["creating", "active"]), generation: z.number().int() }));

/** One page of the living tenants of an engine, in the order of their resource ids. */
export async function listTenants(
  query: Query,
  page: { engine: string; createdBefore: Date; after: string | null; limit: number },
): Promise<z.infer<typeof listedSchema>> {
  const { rows } = await query.query(
    `SELECT resource_id, state, generation FROM tenants
     WHERE engine = $1 AND state IN ('creating', 'active') AND resource_id IS NOT NULL AND created_at <= $2
       AND ($3::uuid IS NULL OR resource_id > $3)
     ORDER BY resource_id LIMIT $4`,
    [page.engine, page.createdBefore, page.after, page.limit],
  );
  return listedSchema.parse(rows);
}

const countedSchema = z.array(z.object({ engine: z.string(), server: z.string(), state: z.string(), count: z.number().int() }));

/** Tenants by server and state, for the metrics. */
export async function countTenants(query: Query): Promise<z.infer<typeof countedSchema>> {
  const { rows } = await query.query(
    "SELECT engine, coalesce(server, '') AS server, state, count(*)::int AS count FROM tenants GROUP BY 1, 2, 3",
  );
  return countedSchema.parse(rows);
}
