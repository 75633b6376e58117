/** The product's error envelope as the bridge answers it. Every text comes from the contract's tables. */
import type { Context } from "hono";
import type { TarballReason } from "../../contract/deploys.ts";
import { ERRORS, type ErrorEnvelope, RETRY_AFTER_503_SECONDS } from "../../contract/errors.ts";
import { ALL_REFUSALS, type AnyRefusalCode } from "../refusal.ts";
import type { BridgeHttp } from "./request.ts";

/** A busy resource is free again soon; a server that is down or full takes longer. */
const BUSY_RETRY_SECONDS = 2;

function retryAfterSeconds(code: AnyRefusalCode): number | null {
  if (!ALL_REFUSALS[code].retry) return null;
  return code === "resource_busy" ? BUSY_RETRY_SECONDS : RETRY_AFTER_503_SECONDS;
}

function envelope(context: Context<BridgeHttp>, error: string, message: string, retry: number | null): ErrorEnvelope {
  if (retry !== null) context.header("Retry-After", String(retry));
  return { ok: false, error, message, retry_after_seconds: retry, request_id: context.get("requestId") };
}

/** Answers a refused job. `reason`: of `invalid_tarball` only. */
export function refuse(context: Context<BridgeHttp>, code: AnyRefusalCode, reason?: TarballReason): Response {
  const { status, message } = ALL_REFUSALS[code];
  const answer = envelope(context, code, message, retryAfterSeconds(code));
  return context.json(reason === undefined ? answer : { ...answer, reason }, status);
}

/** Answers a path the bridge does not have. */
export function notFound(context: Context<BridgeHttp>): Response {
  const { status, message } = ERRORS.not_found;
  return context.json(envelope(context, "not_found", message(), null), status);
}

/** Answers a path the bridge has, for a method it does not take. */
export function methodNotAllowed(context: Context<BridgeHttp>, allow: string): Response {
  const { status, message } = ERRORS.method_not_allowed;
  context.header("Allow", allow);
  return context.json(envelope(context, "method_not_allowed", message({ publicUrl: "", allow }), null), status);
}
