/** PostgreSQL for the suites that every engine passes. */
import pg from "pg";
import { LIMITS, postgresEnv } from "../../support/bridge.ts";
import { startTestPostgres } from "../../support/postgres.ts";
import type { Subject } from "../suite/subject.ts";
import { canConnect } from "./fixture.ts";

export type Server = { env: Record<string, string>; url: string; dispose(): Promise<void> };

async function startServer(): Promise<Server> {
  const postgres = await startTestPostgres();
  return { env: postgresEnv(postgres), url: postgres.url, dispose: postgres.dispose };
}

/** Runs as the superuser, on a connection of its own. */
export async function sqlOn<Row extends pg.QueryResultRow>({ url }: Pick<Server, "url">, text: string, values?: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

export const postgresSubject: Subject<Server> = {
  engine: "postgres",
  limits: LIMITS,
  startServer,
  use: ({ connection_url }) => canConnect(connection_url),
  leftovers: (server, names) =>
    sqlOn(
      server,
      "SELECT rolname AS name FROM pg_roles WHERE rolname = ANY($1) UNION SELECT datname FROM pg_database WHERE datname = ANY($1)",
      [names],
    ),
};
