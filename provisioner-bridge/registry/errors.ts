/** Trouble with the registry, told apart from trouble with an engine. */
import { codeOf } from "../../contract/causes.ts";
import { Refusal } from "../refusal.ts";

const LOCK_NOT_AVAILABLE = "55P03";
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
/** What the driver says, without a code, about a connection that is gone or slow. */
const DRIVER_SAID_NO = /connection terminated|timeout|not queryable|client has encountered a connection error/i;

/** True for errors that say "the server did not answer", whatever the statement was. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined && (NETWORK_CODES.has(code) || SERVER_SAID_NO.test(code))) return true;
  return code === undefined && error instanceof Error && DRIVER_SAID_NO.test(error.message);
}

/** The refusal a failed registry statement stands for. */
export function registryRefusal(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  if (codeOf(error) === LOCK_NOT_AVAILABLE) return new Refusal("resource_busy", { cause: error });
  return isUnavailable(error) ? new Refusal("registry_unavailable", { cause: error }) : error;
}
