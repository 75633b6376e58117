/** One tenants' server: the superuser's connections to it, bounded, and what may happen on it at the same time. */
import pLimit, { type LimitFunction } from "p-limit";
import pg from "pg";
import { KEEP_ALIVE } from "../../keep-alive.ts";
import type { Log } from "../../log.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";
import { createThrottle, type Throttle } from "../throttle.ts";
import type { PostgresServerConfig } from "./configuration.ts";
import { ownerMark } from "./marks.ts";

const CONNECT_TIMEOUT_MS = 3_000;
/** DROP DATABASE may wait for a checkpoint that writes all that creates left dirty: 17 s were seen. */
const STATEMENT_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 65_000;
/** Kept open however quiet it is: what a create without a ready-made tenant takes. */
const KEPT_OPEN = 2;
/** A health check that takes longer has failed. */
const HEALTH_CHECK_TIMEOUT_MS = 3_000;
/** How long a verb waits for a backend that an earlier, dead bridge left working on the same tenant. */
const LOCK_TIMEOUT_MS = 10_000;
/** A statement of ours may hold a verifier: its text must not be logged, independent of the server's settings. */
const SAY_NO_STATEMENT = "-c log_statement=none -c log_min_error_statement=panic -c log_min_duration_statement=-1";

/** What was measured of a database, and what its counters were then. */
export type Sized = { mark: string; bytes: number };

export type PostgresServer = {
  readonly config: PostgresServerConfig;
  readonly pool: pg.Pool;
  /** One connection for health checks: a hand-out must not wait for connections that drops and fills hold. */
  readonly healthChecks: pg.Pool;
  /** Bounds our connections to the slots a full server keeps for superusers. */
  readonly slots: LimitFunction;
  /** DROP DATABASE forces a checkpoint: one at a time, or they all wait for each other, and with rests for other sessions' commits. */
  readonly drops: Throttle;
  /** Readiness checks use slots no tenant is counted into. */
  readonly checks: LimitFunction;
  /** The comment every tenant of ours bears. */
  readonly mark: string;
  /** What tenants stored when they were measured last. */
  readonly sized: Map<string, Sized>;
  readonly random: Random;
  readonly log: Log;
};

export type ServerDeps = { registryId: string; clock: Clock; random: Random; log: Log };

/** Opens nothing yet: the first query does. */
export function createPostgresServer(config: PostgresServerConfig, deps: ServerDeps): PostgresServer {
  const log = deps.log.child({ server: config.id });
  const pool = new pg.Pool({ ...adminOptions(config), min: KEPT_OPEN, max: config.admin_connections });
  const healthChecks = new pg.Pool({ ...adminOptions(config), query_timeout: HEALTH_CHECK_TIMEOUT_MS, min: 1, max: 1 });
  for (const one of [pool, healthChecks]) one.on("error", (err) => log.warn({ err }, "an idle connection to a tenants' server broke"));
  return {
    config,
    pool,
    healthChecks,
    slots: pLimit(config.admin_connections),
    drops: createThrottle(deps.clock),
    checks: pLimit(config.readiness_reserve),
    mark: ownerMark(deps.registryId),
    sized: new Map(),
    random: deps.random,
    log,
  };
}

function adminOptions(config: PostgresServerConfig): pg.ClientConfig {
  return {
    connectionString: config.admin_url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    application_name: "instanode-bridge",
    ...KEEP_ALIVE,
    options: SAY_NO_STATEMENT,
  };
}

/** Runs `work` as the superuser. After an error the connection is closed, which undoes and unlocks what it held. */
export async function withAdmin<T>(server: PostgresServer, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return server.slots(async () => {
    const client = await server.pool.connect();
    const ignore = () => {};
    client.on("error", ignore);
    let broken = true;
    try {
      const result = await work(client);
      broken = false;
      return result;
    } finally {
      client.off("error", ignore);
      client.release(broken);
    }
  });
}

/** The same on a connection that is free at this moment, or null: who holds one must not wait for a second. */
export function withSpareAdmin<T>(server: PostgresServer, work: (client: pg.PoolClient) => Promise<T>): Promise<T> | null {
  const { activeCount, pendingCount, concurrency } = server.slots;
  return activeCount + pendingCount < concurrency ? withAdmin(server, work) : null;
}

/** Runs `work` as the superuser inside another database: on a connection of its own, closed afterwards. */
export async function withAdminIn<T>(server: PostgresServer, database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const url = new URL(server.config.admin_url);
  url.pathname = `/${encodeURIComponent(database)}`;
  const client = new pg.Client({ ...adminOptions(server.config), connectionString: url.href });
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Closes every connection of ours to it. */
export async function closeServer({ pool, healthChecks }: PostgresServer): Promise<void> {
  await Promise.all([pool.end(), healthChecks.end()]);
}
