/** Pieces of SQL that several verbs need. Utility statements take no parameters: everything is quoted by the driver's own escapes. */
import { escapeIdentifier, escapeLiteral } from "pg";
import type { Random } from "../../ports/random.ts";
import type { Tenant } from "../engine.ts";
import { SALT_BYTES, scramVerifier } from "./scram.ts";

/**
 * Waits until no other session works on this tenant. A session lock: it outlives the statement, and a backend whose
 * bridge died keeps it until its statement is done, so a drop cannot overtake a CREATE DATABASE still running.
 */
export function lockTenant(name: string): string {
  return `SELECT pg_advisory_lock(${lockKey(name)})`;
}

export function unlockTenant(name: string): string {
  return `SELECT pg_advisory_unlock(${lockKey(name)})`;
}

/** Turns the lock this session holds into a shared one: sessions that work for the same create may join, all others wait for them. */
export function shareTenant(name: string): string {
  return `SELECT pg_advisory_lock_shared(${lockKey(name)});${unlockTenant(name)}`;
}

/** Joins a shared lock until the transaction ends, unless another session waits for it: then `joined` is false. */
export function joinTenant(name: string): string {
  return `SELECT pg_try_advisory_xact_lock_shared(${lockKey(name)}) AS joined`;
}

export function unshareTenant(name: string): string {
  return `SELECT pg_advisory_unlock_shared(${lockKey(name)})`;
}

const lockKey = (name: string): string => `hashtextextended(${escapeLiteral(name)}, 2)`;

/** The attributes every tenant's role has, new or met again. */
export function roleAttributes(connections: number): string {
  return `LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS ${connectionLimit(connections)}`;
}

/** Sets the password by its verifier, with a new salt. PostgreSQL tries that against the empty password first, which costs as much as a login. */
export async function setPassword(random: Random, { name, password }: Tenant): Promise<string> {
  const verifier = await scramVerifier(password, random.bytes(SALT_BYTES));
  return `ALTER ROLE ${escapeIdentifier(name)} PASSWORD ${escapeLiteral(verifier)}`;
}

/** -1 is "no limit" for PostgreSQL too. */
export function connectionLimit(connections: number): string {
  return `CONNECTION LIMIT ${Math.trunc(connections)}`;
}

/**
 * Closes a new database to every role but its tenant's, marks it and opens it, in one transaction. The platform stays
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
