/** The readiness check of the platform database. */
import { type PlatformDatabase, sql } from "./database.ts";

/** @throws DatabaseError when it does not answer */
export async function ping(db: PlatformDatabase): Promise<void> {
  await db.query(sql`SELECT 1`);
}
