/** What PostgreSQL's errors mean to a job. */
import { causesOf, codeOf } from "../../../contract/causes.ts";
import type { RefusalCode } from "../../../contract/jobs.ts";
import { Refusal } from "../../refusal.ts";
import { isUnavailable } from "../../unavailable.ts";
import { UnfitServer } from "../unfit.ts";

export const SQLSTATE = {
  duplicateDatabase: "42P04",
  duplicateObject: "42710",
  undefinedObject: "42704",
  undefinedDatabase: "3D000",
  dependentObjects: "2BP01",
  invalidPassword: "28P01",
  invalidAuthorization: "28000",
  featureNotSupported: "0A000",
  undefinedFile: "58P01",
  queryCanceled: "57014",
} as const;

/** SQLSTATEs with a meaning of their own; every other one of "the server cannot now" is `engine_unavailable`. */
const MEANINGS: Readonly<Record<string, RefusalCode>> = {
  "53100": "capacity", // disk_full
  "53200": "capacity", // out_of_memory
  "53300": "capacity", // too_many_connections
  "55P03": "resource_busy", // lock_not_available
  [SQLSTATE.undefinedObject]: "unknown_tenant",
  // The template is gone, or the server has no pgvector: no tenant can be made until it is prepared again.
  [SQLSTATE.undefinedDatabase]: "engine_unavailable",
  [SQLSTATE.featureNotSupported]: "engine_unavailable",
  [SQLSTATE.undefinedFile]: "engine_unavailable",
};

/** The refusal a failed statement stands for; an unknown error is passed on unchanged. */
export function engineRefusal(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  const meaning = MEANINGS[codeOf(error) ?? ""];
  if (meaning !== undefined) return new Refusal(meaning, { cause: error });
  return error instanceof UnfitServer || isUnavailable(error) ? new Refusal("engine_unavailable", { cause: error }) : error;
}

export function hasCode(error: unknown, code: string): boolean {
  return codeOf(error) === code;
}

const TENANT_REFUSED: readonly string[] = [SQLSTATE.invalidPassword, SQLSTATE.invalidAuthorization, SQLSTATE.undefinedDatabase];

/** The server answers and refuses this tenant: its role, its password or its database has changed. */
export function refusesTenant(error: unknown): boolean {
  return causesOf(error).some((cause) => TENANT_REFUSED.includes(codeOf(cause) ?? ""));
}
