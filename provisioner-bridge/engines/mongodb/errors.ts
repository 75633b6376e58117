/** What MongoDB's errors mean to a job. */

import { MongoError, MongoNetworkError, MongoServerSelectionError } from "mongodb";
import { causesOf } from "../../../contract/causes.ts";
import type { RefusalCode } from "../../../contract/jobs.ts";
import { Refusal } from "../../refusal.ts";
import { UnfitServer } from "../unfit.ts";

/** https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
export const MONGO_CODE = {
  hostUnreachable: 6,
  userNotFound: 11,
  unauthorized: 13,
  authenticationFailed: 18,
  roleNotFound: 31,
  exceededTimeLimit: 50,
  commandNotFound: 59,
  shutdownInProgress: 91,
  primarySteppedDown: 189,
  exceededTimeLimitOfOperation: 262,
  notWritablePrimary: 10107,
  interruptedAtShutdown: 11600,
  interrupted: 11601,
  interruptedDueToReplStateChange: 11602,
  notPrimaryNoSecondaryOk: 13435,
  notPrimaryOrSecondary: 13436,
  outOfDiskSpace: 14031,
  roleExists: 51002,
  userExists: 51003,
  /** What hosted MongoDB answers above a limit of its own. */
  limitOfTheHost: 8000,
} as const;

const MEANINGS: Readonly<Record<number, RefusalCode>> = {
  [MONGO_CODE.userNotFound]: "unknown_tenant",
  [MONGO_CODE.outOfDiskSpace]: "capacity",
  [MONGO_CODE.limitOfTheHost]: "capacity",
  // Our credentials, or a tenant's new ones, are refused: no tenant can be made until the operator repairs that.
  [MONGO_CODE.unauthorized]: "engine_unavailable",
  [MONGO_CODE.authenticationFailed]: "engine_unavailable",
  [MONGO_CODE.hostUnreachable]: "engine_unavailable",
  [MONGO_CODE.exceededTimeLimit]: "engine_unavailable",
  [MONGO_CODE.exceededTimeLimitOfOperation]: "engine_unavailable",
  [MONGO_CODE.shutdownInProgress]: "engine_unavailable",
  [MONGO_CODE.primarySteppedDown]: "engine_unavailable",
  [MONGO_CODE.notWritablePrimary]: "engine_unavailable",
  [MONGO_CODE.interruptedAtShutdown]: "engine_unavailable",
  [MONGO_CODE.interrupted]: "engine_unavailable",
  [MONGO_CODE.interruptedDueToReplStateChange]: "engine_unavailable",
  [MONGO_CODE.notPrimaryNoSecondaryOk]: "engine_unavailable",
  [MONGO_CODE.notPrimaryOrSecondary]: "engine_unavailable",
};

/** The number MongoDB gave an error; undefined for what never reached it. */
export function mongoCode(error: unknown): number | undefined {
  return error instanceof MongoError && typeof error.code === "number" ? error.code : undefined;
}

export function hasCode(error: unknown, code: number): boolean {
  return mongoCode(error) === code;
}

/** The refusal a failed command stands for; an unknown error is passed on unchanged. */
export function engineRefusal(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  const meaning = MEANINGS[mongoCode(error) ?? Number.NaN];
  if (meaning !== undefined) return new Refusal(meaning, { cause: error });
  return error instanceof UnfitServer || isUnavailable(error) ? new Refusal("engine_unavailable", { cause: error }) : error;
}

/** Errors of the driver, in classes it does not export, when its pool is empty or was cleared because the server is down. */
const DRIVER_SAID_NO = new Set(["MongoWaitQueueTimeoutError", "MongoPoolClearedError", "MongoPoolClosedError", "MongoTopologyClosedError"]);
/** A check that timed out (server.ts). */
const BROKEN_OFF = "TimeoutError";

function isUnavailable(error: unknown): boolean {
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true;
  return error instanceof Error && (DRIVER_SAID_NO.has(error.name) || error.name === BROKEN_OFF);
}

const TENANT_REFUSED: readonly number[] = [MONGO_CODE.authenticationFailed, MONGO_CODE.userNotFound];

/** The server answers and refuses this tenant: its user or its password has changed. */
export function refusesTenant(error: unknown): boolean {
  return causesOf(error).some((cause) => TENANT_REFUSED.includes(mongoCode(cause) ?? Number.NaN));
}
