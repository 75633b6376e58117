/** What errors of a NATS server mean to a job. */

import { JetStreamApiError, JetStreamError } from "@nats-io/jetstream";
import {
  AuthorizationError,
  ClosedConnectionError,
  ConnectionError,
  DrainingConnectionError,
  NoRespondersError,
  PermissionViolationError,
  ProtocolError,
  RequestError,
  TimeoutError,
  UserAuthenticationExpiredError,
} from "@nats-io/nats-core";
import { causesOf } from "../../../contract/causes.ts";
import { Refusal } from "../../refusal.ts";
import { isUnavailable } from "../../unavailable.ts";
import { UnfitServer } from "../unfit.ts";

/** A server that answered with an error. */
export class ServerSaidNo extends Error {
  constructor(what: string) {
    super(`the server refused: ${what}`);
    this.name = "ServerSaidNo";
  }
}

const TROUBLE = [
  UnfitServer,
  ServerSaidNo,
  AuthorizationError,
  ClosedConnectionError,
  ConnectionError,
  DrainingConnectionError,
  JetStreamError,
  NoRespondersError,
  PermissionViolationError,
  ProtocolError,
  RequestError,
  TimeoutError,
  UserAuthenticationExpiredError,
] as const;

/** The refusal a failure stands for; an unknown error is passed on unchanged. */
export function engineRefusal(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  return isTrouble(error) ? new Refusal("engine_unavailable", { cause: error }) : error;
}

/** The libraries wrap what went wrong in errors of their own, some of which they do not export. */
function isTrouble(error: unknown): boolean {
  return causesOf(error).some((cause) => TROUBLE.some((kind) => cause instanceof kind) || isUnavailable(cause));
}

/** There is no responder on this subject, or it does not answer in time. */
export function isSilence(error: unknown): boolean {
  return error instanceof TimeoutError || isWithoutResponder(error);
}

function isWithoutResponder(error: unknown): boolean {
  return causesOf(error).some((cause) => cause instanceof NoRespondersError);
}

const NOT_ENABLED_FOR_ACCOUNT = 10_039;

/** The server lets the account in, but gave it no JetStream. */
export function isWithoutJetStream(error: unknown): boolean {
  return isWithoutResponder(error) || (error instanceof JetStreamApiError && error.code === NOT_ENABLED_FOR_ACCOUNT);
}

/** The server answers and refuses this tenant: its account or its keys have changed. */
export function refusesTenant(error: unknown): boolean {
  return causesOf(error).some((cause) => cause instanceof AuthorizationError);
}
