/** A bounded number of small connection pools to the one target, one for each login that asks. */
import { createHash } from "node:crypto";
import pg from "pg";
import type { Login } from "./protocol.ts";

const MAX_POOLS = 8;
const CONNECTIONS_PER_POOL = 20;
const IDLE_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;

export interface Target {
  host: string;
  port: number;
}

/** Values stay the text that the server sent, because the driver parses them itself. */
const asText = { getTypeParser: () => (text: string) => text };

export interface Pools {
  /** The server itself checks user, password and database whenever a connection is opened. */
  of(login: Login): pg.Pool;
  end(): Promise<void>;
}

export function createPools(target: Target): Pools {
  // A Map keeps its order: the first entry is the least recently used one.
  const pools = new Map<string, pg.Pool>();
  return {
    of(login) {
      const key = createHash("sha256").update(JSON.stringify(login)).digest("base64");
      const pool = pools.get(key) ?? openPool(target, login);
      pools.delete(key);
      pools.set(key, pool);
      const [oldest] = pools;
      if (pools.size > MAX_POOLS && oldest !== undefined) {
        pools.delete(oldest[0]);
        void oldest[1].end();
      }
      return pool;
    },
    async end() {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

function openPool(target: Target, login: Login): pg.Pool {
  const pool = new pg.Pool({
    ...target,
    ...login,
    max: CONNECTIONS_PER_POOL,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    types: asText,
  });
  // The server was restarted under an idle connection: the pool replaces it.
  pool.on("error", () => {});
  return pool;
}
