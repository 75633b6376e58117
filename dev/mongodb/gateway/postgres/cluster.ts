/** The superuser's connection to the PostgreSQL behind: makes and drops databases and roles, and serves the administrator. */
import pg, { escapeIdentifier, escapeLiteral } from "pg";
import { commandError } from "./errors.ts";
import { CATALOGUE_DATABASE, DATABASE_PREFIX, postgresDatabase, postgresRole, TEMPLATE_DATABASE } from "./names.ts";
import type { Row, Store, Value } from "./store.ts";

const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECTIONS = 10;
/**
 * DocumentDB opens a second connection as the same role when it makes a collection or an index; the gateway counts a tenant's own
 * connections, PostgreSQL stops at twice as many.
 */
const LINKS_A_CONNECTION = 2;
const DUPLICATE_DATABASE = "42P04";

export type ClusterTarget = { host: string; port: number; user: string; password: string };
type Member = { name: string; db: string };

export interface Cluster extends Store {
  /** Runs `work` as the superuser inside one of MongoDB's databases, made when it is missing. */
  inside<T>(database: string, work: (store: Store) => Promise<T>): Promise<T>;
  /** MongoDB's databases, with the bytes each takes above an empty one. */
  databases(): Promise<{ name: string; bytes: number }[]>;
  hasDatabase(database: string): Promise<boolean>;
  ensureDatabase(database: string): Promise<void>;
  dropDatabase(database: string): Promise<void>;
  /** Makes the role, or sets it to this. A verifier left out stays as it is. */
  ensureRole(user: Member, settings: { verifier?: string | undefined; connections: number }): Promise<void>;
  dropRole(user: Member): Promise<void>;
  /** Cancels what the role's sessions are doing. */
  cancel(user: Member): Promise<void>;
  close(): Promise<void>;
}

export function openCluster(target: ClusterTarget): Cluster {
  const options = { ...target, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, statement_timeout: STATEMENT_TIMEOUT_MS };
  const pool = new pg.Pool({ ...options, database: CATALOGUE_DATABASE, max: CONNECTIONS });
  pool.on("error", () => {});
  const { rows } = storeOf(pool);
  const run = (text: string): Promise<Row[]> => rows(text, []);

  const hasDatabase = async (database: string): Promise<boolean> =>
    (await rows("select 1 from pg_database where datname = $1", [postgresDatabase(database)])).length > 0;
  const ensureDatabase = async (database: string): Promise<void> => {
    const name = postgresDatabase(database);
    if (await hasDatabase(database)) return;
    // Another session may have been quicker.
    await pool
      .query(`create database ${escapeIdentifier(name)} template ${TEMPLATE_DATABASE} strategy file_copy`)
      .catch((cause: unknown) => {
        if (!(cause instanceof pg.DatabaseError && cause.code === DUPLICATE_DATABASE)) throw asCommandError(cause);
      });
    await run(`revoke all on database ${escapeIdentifier(name)} from public`);
  };

  return {
    rows,
    hasDatabase,
    ensureDatabase,
    async inside(database, work) {
      await ensureDatabase(database);
      const client = new pg.Client({ ...options, database: postgresDatabase(database) });
      client.on("error", () => {});
      try {
        await client.connect();
        return await work(storeOf(client));
      } finally {
        await client.end().catch(() => undefined);
      }
    },
    async databases() {
      const found = await rows(
        `select substr(datname, length($1) + 1), greatest(0, pg_database_size(datname) - pg_database_size($2))::text
         from pg_database where starts_with(datname, $1) order by 1`,
        [DATABASE_PREFIX, TEMPLATE_DATABASE],
      );
      return found.map(([name, bytes]) => ({ name: name ?? "", bytes: Number(bytes) }));
    },
    async dropDatabase(database) {
      await run(`drop database if exists ${escapeIdentifier(postgresDatabase(database))} with (force)`);
    },
    async ensureRole(user, { verifier, connections }) {
      const role = postgresRole(user);
      const quoted = escapeIdentifier(role);
      if ((await rows("select 1 from pg_roles where rolname = $1", [role])).length === 0) {
        await run(`create role ${quoted} login in role documentdb_readwrite_role, documentdb_admin_role`);
      }
      const limit = connections < 0 ? -1 : connections * LINKS_A_CONNECTION;
      const password = verifier === undefined ? "" : ` password ${escapeLiteral(verifier)}`;
      await run(`alter role ${quoted} connection limit ${Math.trunc(limit)}${password}`);
      await run(`grant connect on database ${escapeIdentifier(postgresDatabase(user.db))} to ${quoted}`);
    },
    async dropRole(user) {
      const role = postgresRole(user);
      if ((await rows("select 1 from pg_roles where rolname = $1", [role])).length === 0) return;
      const quoted = escapeIdentifier(role);
      await run(`alter role ${quoted} nologin`);
      await rows("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", [role]);
      if (await hasDatabase(user.db)) await run(`revoke all on database ${escapeIdentifier(postgresDatabase(user.db))} from ${quoted}`);
      await run(`drop role ${quoted}`);
    },
    async cancel(user) {
      await rows("select pg_cancel_backend(pid) from pg_stat_activity where usename = $1", [postgresRole(user)]);
    },
    close: () => pool.end(),
  };
}

/** Every value as PostgreSQL writes it. */
function storeOf(client: pg.Pool | pg.Client): Store {
  const types = { getTypeParser: () => (text: string) => text };
  return {
    async rows(text: string, values: readonly Value[]) {
      try {
        const { rows } = await client.query<(string | null)[]>({ text, values: [...values], rowMode: "array", types });
        return rows;
      } catch (cause) {
        throw asCommandError(cause);
      }
    },
  };
}

function asCommandError(cause: unknown): unknown {
  return cause instanceof Error ? commandError(cause) : cause;
}
