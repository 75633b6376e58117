/**
 * The part of Neon's SQL-over-HTTP that `@neondatabase/serverless` speaks: one statement, or several in one transaction.
 * Values travel as PostgreSQL's own text, both ways.
 */
import type { FieldDef, QueryArrayResult } from "pg";
import { z } from "zod";

/** The protocol's own limit for one message. */
const MAX_PARAMETERS = 65_535;
const MAX_BATCH = 200;

const statementSchema = z.object({
  query: z.string(),
  params: z
    .array(z.union([z.string(), z.null()]))
    .max(MAX_PARAMETERS)
    .default([]),
});
export type Statement = z.infer<typeof statementSchema>;

const bodySchema = z.union([statementSchema, z.object({ queries: z.array(statementSchema).max(MAX_BATCH) })]);

const ISOLATION_LEVELS = {
  ReadUncommitted: "READ UNCOMMITTED",
  ReadCommitted: "READ COMMITTED",
  RepeatableRead: "REPEATABLE READ",
  Serializable: "SERIALIZABLE",
} as const;

const headersSchema = z.object({
  "neon-connection-string": z.url({ protocol: /^postgres(ql)?$/ }),
  "neon-array-mode": z.enum(["true", "false"]).default("true"),
  "neon-batch-isolation-level": z.enum(["ReadUncommitted", "ReadCommitted", "RepeatableRead", "Serializable"]).optional(),
  "neon-batch-read-only": z.enum(["true", "false"]).default("false"),
  "neon-batch-deferrable": z.enum(["true", "false"]).default("false"),
});

/** The login. Host and port of the connection string are ignored: there is one target. */
export interface Login {
  user: string;
  password: string;
  database: string;
}

export interface SqlRequest {
  login: Login;
  asArrays: boolean;
  statements: Statement[];
  /** How the transaction begins; null for a single statement. */
  begin: string | null;
}

/** @throws ZodError or SyntaxError when it is not a request of the driver */
export function parseSqlRequest(rawHeaders: unknown, rawBody: string): SqlRequest {
  const headers = headersSchema.parse(rawHeaders);
  const body = bodySchema.parse(JSON.parse(rawBody));
  const url = new URL(headers["neon-connection-string"]);
  const login = {
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
  };
  const asArrays = headers["neon-array-mode"] === "true";
  if (!("queries" in body)) return { login, asArrays, statements: [body], begin: null };
  const level = headers["neon-batch-isolation-level"];
  const modes = [
    level === undefined ? "" : `ISOLATION LEVEL ${ISOLATION_LEVELS[level]}`,
    headers["neon-batch-read-only"] === "true" ? "READ ONLY" : "",
    headers["neon-batch-deferrable"] === "true" ? "DEFERRABLE" : "",
  ].filter((mode) => mode !== "");
  return { login, asArrays, statements: body.queries, begin: ["BEGIN", ...modes].join(" ") };
}

type TextRow = (string | null)[];

/** One statement's result as the driver reads it. */
export function resultBody({ command, rowCount, rows, fields }: QueryArrayResult<TextRow>, asArrays: boolean) {
  return {
    command,
    rowCount,
    rowAsArray: asArrays,
    rows: asArrays ? rows : rows.map((row) => Object.fromEntries(fields.map(({ name }, column) => [name, row[column]]))),
    fields: fields.map(fieldBody),
  };
}

const fieldBody = ({ name, tableID, columnID, dataTypeID, dataTypeSize, dataTypeModifier, format }: FieldDef) => ({
  name,
  tableID,
  columnID,
  dataTypeID,
  dataTypeSize,
  dataTypeModifier,
  format,
});
