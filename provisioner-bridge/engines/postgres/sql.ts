/** Pieces of SQL that several verbs need. Utility statements take no parameters: everything is quoted by the driver's own escapes. */
import { escapeIdentifier, escapeLiteral } from "pg";

/**
 * Waits until no other session works on this tenant. A session lock: it outlives the statement, and a backend whose
 * bridge died keeps it until its statement is done, so a drop cannot overtake a CREATE DATABASE still running.
 */
export function lockTenant(name: string): string {
  return `SELECT pg_advisory_lock(hashtextextended(${escapeLiteral(name)}, 2))`;
}

export function unlockTenant(name: string): string {
  return `SELECT pg_advisory_unlock(hashtextextended(${escapeLiteral(name)}, 2))`;
}

/** The attributes every tenant's role has, new or met again. */
export function roleAttributes(tenant: { verifier: string; connections: number }): string {
  return (
    "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS " +
    `${connectionLimit(tenant.connections)} PASSWORD ${escapeLiteral(tenant.verifier)}`
  );
}

/** -1 is "no limit" for PostgreSQL too. */
export function connectionLimit(connections: number): string {
  return `CONNECTION LIMIT ${Math.trunc(connections)}`;
}

/**
 * Closes a new database to everybody but its tenant, marks it and opens it, in one transaction. The platform stays
 * the owner: an owner could lift limits and let others in. No grant option: the tenant cannot pass its rights on.
 */
export function openToTenant(name: string, mark: string): string {
  const database = escapeIdentifier(name);
  return `BEGIN;
    REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
    GRANT CONNECT, CREATE, TEMPORARY ON DATABASE ${database} TO ${escapeIdentifier(name)};
    COMMENT ON DATABASE ${database} IS ${escapeLiteral(mark)};
    ALTER DATABASE ${database} ALLOW_CONNECTIONS true;
    COMMIT`;
}
