/** The metering's SQL. */
import { z } from "zod";
import type { Query } from "../registry/database.ts";

/** `is_cut`: by the bridge itself, for gross excess. */
const pageSchema = z.array(z.object({ resource_id: z.uuid(), name: z.string(), is_cut: z.boolean() }));

/** One page of a server's living tenants that were handed out, in the order of their resource ids. */
export async function readPage(
  query: Query,
  page: { server: string; after: string | null; limit: number },
): Promise<z.infer<typeof pageSchema>> {
  const { rows } = await query.query(
    `SELECT resource_id, name, cut_at IS NOT NULL AS is_cut FROM tenants
     WHERE server = $1 AND state = 'active' AND resource_id IS NOT NULL AND ($2::uuid IS NULL OR resource_id > $2)
     ORDER BY resource_id LIMIT $3`,
    [page.server, page.after, page.limit],
  );
  return pageSchema.parse(rows);
}
