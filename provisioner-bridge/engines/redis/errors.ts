/** What Redis's errors mean to a job. */
import {
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  ErrorReply,
  SocketClosedUnexpectedlyError,
} from "@redis/client";
import pTimeout from "p-timeout";
import type { RefusalCode } from "../../../contract/jobs.ts";
import { type Clock, timersOf } from "../../ports/clock.ts";
import { Refusal } from "../../refusal.ts";
import { isUnavailable } from "../../unavailable.ts";
import { UnfitServer } from "../unfit.ts";

/** The first word of an error reply, or how it begins where that is just "ERR". */
const MEANINGS: readonly [RegExp, RefusalCode][] = [
  [/^OOM /, "capacity"],
  [/^ERR max number of clients reached/, "capacity"],
  [/^(LOADING|BUSY|MISCONF|MASTERDOWN|READONLY|NOREPLICAS|NOAUTH|WRONGPASS|NOPERM) /, "engine_unavailable"],
];

const NO_CONNECTION = [
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  SocketClosedUnexpectedlyError,
];

/** A server that answered too late, or not at all. */
export class NoAnswer extends Error {
  constructor(what: string) {
    super(`${what}: no answer in time`);
    this.name = "NoAnswer";
  }
}

/**
 * Bounds the wait for an answer. The client library's own command timeout ends when the command is written.
 * @throws NoAnswer after `ms`; the work itself continues, and its outcome is ignored
 */
export function within<T>(clock: Clock, ms: number, what: string, work: Promise<T>): Promise<T> {
  const fallback = (): never => {
    throw new NoAnswer(what);
  };
  return pTimeout(work, { milliseconds: ms, fallback, customTimers: timersOf(clock) });
}

/** A tenant of the registry that its server has lost, as a restart makes it: the reconciler makes it again. */
export class Forgotten extends Error {
  constructor() {
    super("the server has forgotten this tenant");
    this.name = "Forgotten";
  }
}

/** The refusal a failed command stands for; an unknown error is passed on unchanged. */
export function engineRefusal(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  if (error instanceof ErrorReply) {
    const meaning = MEANINGS.find(([pattern]) => pattern.test(error.message))?.[1];
    return meaning === undefined ? error : new Refusal(meaning, { cause: error });
  }
  const gone = [NoAnswer, Forgotten, UnfitServer, ...NO_CONNECTION].some((kind) => error instanceof kind);
  return gone || isUnavailable(error) ? new Refusal("engine_unavailable", { cause: error }) : error;
}

/** "User 't_…' not found" of ACL DRYRUN. */
export function isUnknownUser(error: unknown): boolean {
  return error instanceof ErrorReply && /^ERR User .* not found/.test(error.message);
}
