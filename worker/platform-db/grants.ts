/** The sealed credentials of a resource, beside the row's life: looked at, or minted once more while it stays as it is. */
import { z } from "zod";
import { resourceKindSchema } from "../../contract/kinds.ts";
import { type PlatformDatabase, sql } from "./database.ts";

/** Keeps them unless the resource was rotated or went away meanwhile: then they are old already. @throws DatabaseError */
export async function keepGrant(db: PlatformDatabase, grant: { id: string; rotation: number; sealed: string }): Promise<void> {
  await db.query(sql`
    UPDATE resources SET grant_sealed = ${grant.sealed}
    WHERE id = ${grant.id} AND status = 'active' AND rotation = ${grant.rotation} AND rotate_generation IS NULL`);
}

const grantSchema = z.object({ kind: resourceKindSchema, grant_sealed: z.string() });

/** What a living resource's answer held, by its id. @throws DatabaseError */
export async function findGrant(db: PlatformDatabase, id: string): Promise<z.infer<typeof grantSchema> | null> {
  const rows = await db.query(
    sql`SELECT kind, grant_sealed FROM resources WHERE id = ${id}::uuid AND status = 'active' AND grant_sealed IS NOT NULL`,
  );
  return z.array(grantSchema).parse(rows)[0] ?? null;
}
