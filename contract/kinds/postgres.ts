/** A Postgres database of its own, with pgvector. */
import { z } from "zod";
import { type Credentials, type Kind, present, urls } from "./kind.ts";

const urlSchema = z.object({ connection_url: z.string() });

/** What every database on this engine has in common. */
export const database = {
  home: "postgres",
  credentials: z.object(urls),
  secret: "password",
  variables: { names: ["`DATABASE_URL` and `PG…`"], of: (fields: Credentials) => variables(urlSchema.parse(fields).connection_url) },
  tryIt: ({ connection_url }: Record<string, string>) => `psql "${connection_url}"`,
} as const;

export const postgres = {
  ...database,
  path: "/db/new",
  limits: {
    answer: { storage_mb: "postgres_storage_mb", connections: "postgres_connections" },
    tenant: { storage_mb: "postgres_storage_mb", connections: "postgres_connections" },
    priced: { Postgres: ["postgres_storage_mb", "postgres_connections"] },
  },
  words: { label: "Postgres", what: "A database of its own, pgvector included.", example: "prod-db" },
} as const satisfies Kind;

/** `DATABASE_URL`, and what libpq reads, which every tool of PostgreSQL uses. */
function variables(connectionUrl: string): Record<string, string> {
  const { hostname, port, pathname, username, password, searchParams } = new URL(connectionUrl);
  return present({
    DATABASE_URL: connectionUrl,
    PGHOST: hostname,
    PGPORT: port,
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGSSLMODE: searchParams.get("sslmode") ?? undefined,
  });
}
