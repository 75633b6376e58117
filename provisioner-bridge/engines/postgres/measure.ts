/**
 * How much tenants store. An empty database with pgvector is already about 8 MB: that part is the platform's.
 * Sizing a database looks at each of its 300 files, so only one that may have changed is sized anew.
 */
import { z } from "zod";
import { isUnavailable } from "../../unavailable.ts";
import { hasCode, SQLSTATE } from "./errors.ts";
import { type PostgresServer, withAdmin } from "./server.ts";
import { TEMPLATE_NAME } from "./template.ts";

/** Far more than a server has tenants: beyond it everything is sized anew once. */
const REMEMBERED_MAX = 50_000;
/** Every database is sized anew this often, in case the counters missed a change; each at its own time. */
const SIZED_ANEW_SECONDS = 600;

const sizesSchema = z.array(z.object({ datname: z.string(), mark: z.string(), bytes: z.coerce.number().int().min(0).nullable() }));

/** Bytes above the template's size; a database that is gone is left out. All in one query, or where one of them makes it fail, one by one. */
export async function measureTenants(server: PostgresServer, names: readonly string[]): Promise<Map<string, number>> {
  try {
    return await measureTogether(server, names);
  } catch (error) {
    if (isServers(error)) throw error;
    server.log.debug({ err: error }, "tenants are measured one by one");
  }
  const sizes = new Map<string, number>();
  for (const name of names) {
    try {
      for (const [found, bytes] of await measureTogether(server, [name])) sizes.set(found, bytes);
    } catch (err) {
      if (isServers(err)) throw err;
      server.log.warn({ err, name }, "a tenant could not be measured");
    }
  }
  return sizes;
}

/** Not some tenant's doing. One whose files cannot be counted in time has the statement cancelled. */
function isServers(error: unknown): boolean {
  return isUnavailable(error) && !hasCode(error, SQLSTATE.queryCanceled);
}

async function measureTogether(server: PostgresServer, names: readonly string[]): Promise<Map<string, number>> {
  const { sized } = server;
  if (sized.size > REMEMBERED_MAX) sized.clear();
  const marks = names.map((name) => sized.get(name)?.mark ?? "");
  const { rows } = await withAdmin(server, (client) => client.query(MEASURE, [names, marks, TEMPLATE_NAME, SIZED_ANEW_SECONDS]));
  const sizes = new Map<string, number>();
  for (const { datname, mark, bytes } of sizesSchema.parse(rows)) {
    const now = bytes === null ? sized.get(datname) : { mark, bytes };
    // Forgotten while the server was asked: its next pass sizes it anew.
    if (now === undefined) continue;
    sized.set(datname, now);
    sizes.set(datname, now.bytes);
  }
  return sizes;
}

/**
 * A database is skipped when it has no session and its counters have not changed: a session reports its counters
 * when it commits, and before it ends. An open transaction has a session, so it cannot hide what it writes.
 */
const MEASURE = `
  SELECT datname::text, mark,
         CASE WHEN sessions > 0 OR mark <> known_mark THEN greatest(0, pg_database_size(oid) - baseline) END::text AS bytes
  FROM (
    SELECT d.oid, d.datname, asked.known_mark, pg_stat_get_db_numbackends(d.oid) AS sessions,
           concat_ws(':', pg_stat_get_db_xact_commit(d.oid), pg_stat_get_db_xact_rollback(d.oid), pg_stat_get_db_sessions(d.oid),
             pg_stat_get_db_tuples_inserted(d.oid), pg_stat_get_db_tuples_deleted(d.oid),
             (extract(epoch FROM now())::bigint + abs(hashtext(d.datname::text))) / $4) AS mark
    FROM unnest($1::text[], $2::text[]) AS asked (name, known_mark) JOIN pg_database d ON d.datname = asked.name
  ) tenants,
  (SELECT pg_database_size(oid) AS baseline FROM pg_database WHERE datname = $3) template`;
