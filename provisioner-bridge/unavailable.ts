/** Which errors of the network, of Node and of the PostgreSQL driver mean that a server did not answer. */
import { codeOf } from "../contract/causes.ts";

/** SQLSTATE classes: connection, resources, operator intervention, authorization, database. */
const SERVER_SAID_NO = /^(08|53|57|28|3D)/;
const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "EPIPE",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "ENOENT",
]);
/** What the PostgreSQL driver says, without a code, about a connection that is gone or slow. */
const DRIVER_SAID_NO = /connection terminated|timeout|not queryable|client has encountered a connection error/i;

/** True when the error means that the server did not answer, independent of the request. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined && (NETWORK_CODES.has(code) || SERVER_SAID_NO.test(code))) return true;
  return code === undefined && error instanceof Error && DRIVER_SAID_NO.test(error.message);
}
