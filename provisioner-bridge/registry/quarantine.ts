/** Tenants the registry does not know. People decide about them. */
import type { EngineTenant } from "../engines/engine.ts";
import type { Query } from "./database.ts";

/** Records who was seen on a server now and forgets who is not there any more. */
export async function quarantine(query: Query, server: string, strangers: readonly EngineTenant[], at: Date): Promise<void> {
  await query.query(
    `WITH seen AS (
       INSERT INTO quarantine (server, name, is_whole, found_at, last_seen_at)
       SELECT $1, name, is_whole, $4, $4 FROM unnest($2::text[], $3::boolean[]) AS stranger (name, is_whole)
       ON CONFLICT (server, name) DO UPDATE SET is_whole = excluded.is_whole, last_seen_at = excluded.last_seen_at
     )
     DELETE FROM quarantine WHERE server = $1 AND name <> ALL($2::text[])`,
    [server, strangers.map((one) => one.name), strangers.map((one) => one.isWhole), at],
  );
}
