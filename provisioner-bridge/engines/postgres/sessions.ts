/** The sessions of a tenant: how they are ended, and how new ones are refused. */
import { escapeIdentifier, type PoolClient } from "pg";
import { hasCode, SQLSTATE } from "./errors.ts";

/** Ends every session of the tenant. */
export async function endSessions(client: PoolClient, name: string): Promise<void> {
  await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", [name]);
}

/** Refuses new sessions of a tenant that is being dropped, then ends the open ones. A role that is already gone is no error. */
export async function lockOut(client: PoolClient, name: string): Promise<void> {
  try {
    // Not flushed by itself: the commit of DROP DATABASE makes it durable. A retry that still finds the database locks out again.
    await client.query(`SET LOCAL synchronous_commit = off;ALTER ROLE ${escapeIdentifier(name)} NOLOGIN`);
  } catch (error) {
    if (!hasCode(error, SQLSTATE.undefinedObject)) throw error;
  }
  await endSessions(client, name);
}
