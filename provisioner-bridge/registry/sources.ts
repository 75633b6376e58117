/** Rows of uploaded sources. */
import { z } from "zod";
import { recipeSchema } from "../../contract/deploys.ts";
import type { Query } from "./database.ts";

const sourceRowSchema = z.object({
  source_id: z.uuid(),
  bytes: z.coerce.number().int(),
  sha256: z.string(),
  recipe: recipeSchema,
  dockerfile: z.string().nullable(),
  has_run: z.boolean(),
});
export type SourceRow = z.infer<typeof sourceRowSchema>;

const UNUSED_MAX_ROWS = 100;

export async function insertSource(query: Query, source: SourceRow, at: Date): Promise<void> {
  const { source_id, bytes, sha256, recipe, dockerfile, has_run } = source;
  await query.query(
    `INSERT INTO sources (source_id, bytes, sha256, recipe, dockerfile, has_run, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (source_id) DO UPDATE SET bytes = $2, sha256 = $3, recipe = $4, dockerfile = $5, has_run = $6`,
    [source_id, bytes, sha256, recipe, dockerfile, has_run, at],
  );
}

export async function readSource(query: Query, sourceId: string): Promise<SourceRow | null> {
  const { rows } = await query.query("SELECT source_id, bytes, sha256, recipe, dockerfile, has_run FROM sources WHERE source_id = $1", [
    sourceId,
  ]);
  return rows[0] === undefined ? null : sourceRowSchema.parse(rows[0]);
}

export async function deleteSource(query: Query, sourceId: string): Promise<void> {
  await query.query("DELETE FROM sources WHERE source_id = $1", [sourceId]);
}

/** Sources stored before `before` that no release was built from. */
export async function unusedSources(query: Query, before: Date): Promise<string[]> {
  const { rows } = await query.query(
    `SELECT source_id FROM sources s WHERE created_at < $1 AND NOT EXISTS (SELECT FROM releases r WHERE r.source_id = s.source_id)
     ORDER BY created_at LIMIT $2`,
    [before, UNUSED_MAX_ROWS],
  );
  return z
    .array(z.object({ source_id: z.uuid() }))
    .parse(rows)
    .map(({ source_id }) => source_id);
}
