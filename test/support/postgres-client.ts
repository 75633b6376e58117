/** One-shot connections to PostgreSQL: as a tenant, or as the operator who looks from behind. */
import pg from "pg";

const CONNECT_TIMEOUT_MS = 10_000;

/** A connection for the time of `work`. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A server that goes away while nobody waits for it must not end the test run.
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

export function query(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  return withClient(url, async (client) => (await client.query(text, values)).rows);
}

/** SQLSTATE with which the server refuses `text`, or null when it does not. */
export async function refusalOf(url: string, text: string): Promise<string | null> {
  try {
    await query(url, text);
    return null;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : `no SQLSTATE: ${error}`;
  }
}

/** How many of `tries` connections, held at once, the server lets in. */
export async function connectionsOf(url: string, tries: number): Promise<number> {
  const clients = Array.from(
    { length: tries },
    () => new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS }),
  );
  for (const client of clients) client.on("error", () => {});
  try {
    const ends = await Promise.allSettled(clients.map((client) => client.connect()));
    return ends.filter(({ status }) => status === "fulfilled").length;
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()));
  }
}

/** The same credentials, another database. */
export function inDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

export const databaseOf = (url: string): string => new URL(url).pathname.slice(1);
