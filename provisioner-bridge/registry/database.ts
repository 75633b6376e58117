/** The connection to the registry: a database of its own on the platform's server, never on a tenants' server. */
import pg from "pg";
import { KEEP_ALIVE } from "../keep-alive.ts";
import type { Log } from "../log.ts";
import { registryRefusal } from "./errors.ts";

/** Each running hand-out (6), change (8), drop (3), restore (4) and pool (2) holds one; the rest serve reads, metering and the probes. */
export const REGISTRY_CONNECTIONS = 30;
const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 15_000;
/** The driver's own, later: for a server that does not even report its timeout. */
const ANSWER_TIMEOUT_MS = 18_000;
/** How long a job waits for another one of the same resource. */
const LOCK_TIMEOUT_MS = 5_000;
/** Kept open when idle: the first create after an idle hour does not wait for a login. */
const KEPT_OPEN = 4;

export type Query = Pick<pg.ClientBase, "query">;

/** Opens the pool; nothing is sent until the first query. Session locks are used: no transaction pooler in between. */
export function openRegistry(url: string, log: Log): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    min: KEPT_OPEN,
    max: REGISTRY_CONNECTIONS,
    // Statements that are sent together are pipelined; each is still answered separately and in order.
    pipeline: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    application_name: "instanode-bridge-registry",
    ...KEEP_ALIVE,
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on("error", (err) => log.warn({ err }, "an idle registry connection broke"));
  return pool;
}

/**
 * Runs `work` on one connection. After an error the connection is closed, which also ends its locks.
 * @throws Refusal registry_unavailable | resource_busy when the registry itself fails
 */
export async function withRegistry<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw registryRefusal(error);
  });
  // A server that dies while the job is busy elsewhere reports here; the next statement fails and says so.
  const ignore = () => {};
  client.on("error", ignore);
  let broken = true;
  try {
    const result = await work(client);
    broken = false;
    return result;
  } catch (error) {
    throw registryRefusal(error);
  } finally {
    client.off("error", ignore);
    client.release(broken);
  }
}

/**
 * Runs `work` in one transaction of the connection. `opening` statements are sent in one message with BEGIN, and `read` is
 * pipelined after it: it sees the state after the opening. It must change nothing: it is sent before BEGIN is known to succeed.
 */
export async function transaction<T, R = undefined>(
  client: Query,
  { opening, read }: { opening?: string; read?: () => Promise<R> },
  work: (read: R) => Promise<T>,
): Promise<T> {
  try {
    const [, known] = await Promise.all([client.query(`BEGIN;${opening ?? ""}`), read?.()]);
    // Without `read` R is undefined, and so is this.
    const result = await work(known as R);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
