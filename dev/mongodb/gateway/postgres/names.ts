/** What databases and users of MongoDB are called in PostgreSQL. */
import { CommandError } from "../errors.ts";

const INVALID_NAMESPACE = 73;
/** PostgreSQL cuts a longer identifier, and two could become one. */
const IDENTIFIER_MAX_BYTES = 63;
/** What MongoDB refuses in the name of a database, on any system. */
const REFUSED = /[/\\. "$*<>:|?\0]/;

export const DATABASE_PREFIX = "m_";
/** The template of every new database; dev/mongodb/documentdb/cluster.ts makes it. */
export const TEMPLATE_DATABASE = "mongodb_template";
/** The database with the catalogue of users. Tenants may not connect to it. */
export const CATALOGUE_DATABASE = "postgres";

/** @throws CommandError InvalidNamespace */
export function postgresDatabase(database: string): string {
  if (database === "" || REFUSED.test(database)) throw new CommandError(INVALID_NAMESPACE, `invalid database name: '${database}'`);
  return identifier(DATABASE_PREFIX + database);
}

/** @throws CommandError InvalidNamespace */
export function postgresRole(user: { name: string; db: string }): string {
  return identifier(`u_${user.db}.${user.name}`);
}

function identifier(name: string): string {
  if (Buffer.byteLength(name) > IDENTIFIER_MAX_BYTES || name.includes("\0"))
    throw new CommandError(INVALID_NAMESPACE, "the stand-in has no room for a name that long");
  return name;
}
