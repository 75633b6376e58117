/** Credentials that were minted once more for a resource that stays as it is. */
import { type PlatformDatabase, sql } from "./database.ts";

/** Keeps them unless the resource was rotated or went away meanwhile: then they are old already. @throws DatabaseError */
export async function keepGrant(db: PlatformDatabase, grant: { id: string; rotation: number; sealed: string }): Promise<void> {
  await db.query(sql`
    UPDATE resources SET grant_sealed = ${grant.sealed}
    WHERE id = ${grant.id} AND status = 'active' AND rotation = ${grant.rotation} AND rotate_generation IS NULL`);
}
