/** Tenants the registry does not know. People decide about them. */
import type { EngineTenant } from "../engines/engine.ts";
import type { Query } from "./database.ts";

/** Records who was seen on a server now and forgets who is not there any more. */
export async function quarantine(query: Query, server: string, strangers: readonly EngineTenant[], at: Date): Promise<void> {
  await query.query(
    `WITH seen AS (
       INSERT INTO quarantine (server, name, has_role, has_database, found_at, last_seen_at)
       SELECT $1, name, has_role, has_database, $5, $5
       FROM unnest($2::text[], $3::boolean[], $4::boolean[]) AS stranger (name, has_role, has_database)
       ON CONFLICT (server, name) DO UPDATE
         SET has_role = excluded.has_role, has_database = excluded.has_database, last_seen_at = excluded.last_seen_at
     )
     DELETE FROM quarantine WHERE server = $1 AND name <> ALL($2::text[])`,
    [server, strangers.map((one) => one.name), strangers.map((one) => one.hasRole), strangers.map((one) => one.hasDatabase), at],
  );
}
