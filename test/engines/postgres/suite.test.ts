/** PostgreSQL keeps what every engine promises. */
import pg from "pg";
import { LIMITS, postgresEnv } from "../../support/bridge.ts";
import { startTestPostgres } from "../../support/postgres.ts";
import { describeLifecycle } from "../suite/lifecycle.ts";
import { useEngine } from "../suite/subject.ts";
import { canConnect } from "./fixture.ts";

async function startServer() {
  const postgres = await startTestPostgres();
  return { env: postgresEnv(postgres), url: postgres.url, dispose: postgres.dispose };
}

describeLifecycle(
  useEngine({
    engine: "postgres",
    limits: LIMITS,
    startServer,
    use: ({ connection_url }) => canConnect(connection_url),
    async leftovers({ url }, names) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        const text =
          "SELECT rolname AS name FROM pg_roles WHERE rolname = ANY($1) UNION SELECT datname FROM pg_database WHERE datname = ANY($1)";
        return (await client.query(text, [names])).rows;
      } finally {
        await client.end();
      }
    },
  }),
);
