/** One job of one resource at a time, across every bridge of a registry. */
import type pg from "pg";
import { withRegistry } from "./database.ts";

const LOCK = "SELECT pg_advisory_lock(hashtextextended($1, 1))";
const UNLOCK = "SELECT pg_advisory_unlock(hashtextextended($1, 1))";
/** The same lock for the length of a transaction, if no other job holds it: for a job that is one statement. */
export const TRY_RESOURCE_LOCK = (parameter: `$${number}`) =>
  `SELECT pg_try_advisory_xact_lock(hashtextextended(${parameter}, 1)) AS mine` as const;

/**
 * Runs `work` on a registry connection that holds the resource's lock. The lock ends with the connection, so the lock
 * of a crashed bridge is released, but only after its last statement has finished or was undone.
 * @throws Refusal resource_busy when another job keeps it longer than the lock timeout
 */
export function withResourceLock<T>(pool: pg.Pool, resourceId: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return withLockAndRead(pool, resourceId, async () => undefined, work);
}

/**
 * The same; `read` is pipelined with the lock request and sees the state once the lock is held. It must change nothing:
 * it is sent before the lock is known to be held.
 */
export async function withLockAndRead<T, R>(
  pool: pg.Pool,
  resourceId: string,
  read: (client: pg.PoolClient) => Promise<R>,
  work: (client: pg.PoolClient, read: R) => Promise<T>,
): Promise<T> {
  return withRegistry(pool, async (client) => {
    const [, known] = await Promise.all([client.query(LOCK, [resourceId]), read(client)]);
    const result = await work(client, known);
    await client.query(UNLOCK, [resourceId]);
    return result;
  });
}
