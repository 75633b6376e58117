/** `POST /sql` as the Neon driver expects it, in front of one PostgreSQL. Everything else is 404. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import pg from "pg";
import { ZodError } from "zod";
import { createPools, type Pools, type Target } from "./pools.ts";
import { parseSqlRequest, resultBody, type SqlRequest, type Statement } from "./protocol.ts";

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const KEEP_ALIVE_MS = 65_000;
const REQUEST_TIMEOUT_MS = 60_000;

class TooLarge extends Error {}

/** Closing the server closes its connections to PostgreSQL. */
export function createSqlEndpoint(target: Target): Server {
  const pools = createPools(target);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    void handle(pools, request, response);
  });
  server.on("close", () => void pools.end());
  return server;
}

async function handle(pools: Pools, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === "GET" && request.url === "/healthz") return send(response, 200, { ok: true });
  if (request.method !== "POST" || request.url !== "/sql") return send(response, 404, { message: "only POST /sql" });
  try {
    const parsed = parseSqlRequest(request.headers, await readBody(request));
    send(response, 200, await execute(pools, parsed));
  } catch (cause) {
    send(response, statusOf(cause), errorBody(cause));
  }
}

async function execute(pools: Pools, { login, statements, begin, asArrays }: SqlRequest): Promise<unknown> {
  const pool = pools.of(login);
  const [single] = statements;
  if (begin === null && single !== undefined) return resultBody(await pool.query(arrayQuery(single)), asArrays);
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query(begin ?? "BEGIN");
    const results: unknown[] = [];
    for (const statement of statements) results.push(resultBody(await client.query(arrayQuery(statement)), asArrays));
    await client.query("COMMIT");
    broken = false;
    return { results };
  } catch (cause) {
    broken = await client.query("ROLLBACK").then(
      () => false,
      () => true,
    );
    throw cause;
  } finally {
    client.release(broken);
  }
}

/** Statements with parameters come again and again; PostgreSQL parses each once per connection. */
const arrayQuery = ({ query, params }: Statement): pg.QueryArrayConfig & { name?: string } => ({
  ...(params.length > 0 ? { name: nameOf(query) } : {}),
  text: query,
  values: params,
  rowMode: "array",
});

/** Names longer than PostgreSQL's identifiers would be cut: 43 characters are not. */
const nameOf = (text: string): string => createHash("sha256").update(text).digest("base64url");

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new TooLarge(`a body may have ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) }).end(text);
}

/** 400 makes the driver read the fields of a server's error; any other status says that there was no answer. */
function statusOf(cause: unknown): number {
  if (cause instanceof pg.DatabaseError || cause instanceof ZodError || cause instanceof SyntaxError) return 400;
  return cause instanceof TooLarge ? 413 : 503;
}

function errorBody(cause: unknown): unknown {
  if (cause instanceof ZodError)
    return { message: `not a request of the Neon driver: ${cause.issues.map(({ path }) => path.join(".")).join(", ")}` };
  if (!(cause instanceof pg.DatabaseError)) return { message: cause instanceof Error ? cause.message : "no answer" };
  const { message, code, severity, detail, hint, position, schema, table, column, dataType, constraint, routine, where } = cause;
  return { message, code, severity, detail, hint, position, schema, table, column, dataType, constraint, routine, where };
}
