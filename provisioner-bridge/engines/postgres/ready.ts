/** The credentials of an answer have been used to connect before the answer. */
import pg from "pg";
import type { Tenant } from "../engine.ts";
import type { PostgresServer } from "./server.ts";

const CONNECT_TIMEOUT_MS = 3_000;
const ANSWER_TIMEOUT_MS = 3_000;

/** Connects as the tenant, over the same host and port as its URL, and runs a query. The session is gone when it resolves. */
export async function proveReady(server: PostgresServer, tenant: Tenant): Promise<void> {
  await (await useOnce(server, tenant)).left;
}

/**
 * The same, before the session is gone.
 * @returns `left` resolves when it has given its slot back: the credentials are handed out only then, as a tenant may have few connections.
 */
export async function useOnce(server: PostgresServer, tenant: Tenant): Promise<{ left: Promise<void> }> {
  const used = Promise.withResolvers<void>();
  const left = server.checks(async () => {
    const client = tenantClient(server, tenant);
    client.on("error", () => {});
    await connectAndAsk(client).then(used.resolve, used.reject);
    await client.end().catch(() => undefined);
  });
  await used.promise.catch(async (error: unknown) => {
    await left;
    throw error;
  });
  return { left };
}

async function connectAndAsk(client: pg.Client): Promise<void> {
  await client.connect();
  await client.query("SELECT 1");
}

/** A connection as the tenant; with another user name, the check of a server's own door. */
export function tenantClient(server: PostgresServer, tenant: Tenant, database: string = tenant.name): pg.Client {
  const { public_host: host, public_port: port, sslmode } = server.config;
  return new pg.Client({
    host,
    port,
    user: tenant.name,
    password: tenant.password,
    database,
    // "require" promises encryption only; "verify-full" checks the certificate too, as in libpq.
    ssl: sslmode === undefined || sslmode === "disable" ? false : { rejectUnauthorized: sslmode === "verify-full" },
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    application_name: "instanode-readiness",
  });
}
